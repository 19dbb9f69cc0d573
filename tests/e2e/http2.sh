#!/bin/sh
# "ct run --http 2" multiplexes over few connections: nghttpd plainly, nginx with TLS; what the server sees, and
# one that speaks no HTTP/2.
. "$(dirname "$0")/lib.sh"
NGHTTPD=$(command -v nghttpd || echo /usr/sbin/nghttpd)
NGINX=$(command -v nginx || echo /usr/sbin/nginx)
[ -x "$NGHTTPD" ] || fail "this test needs nghttpd: run tools/bootstrap.sh check"
[ -x "$NGINX" ] || fail "this test needs nginx: run tools/bootstrap.sh check"
mkdir -p www
echo hello >www/index.html
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=ct test' \
    -addext subjectAltName=IP:127.0.0.1 -keyout key -out certificate 2>/dev/null || fail "no certificate"

start_nghttpd() {
    for port in $(shuf -i 20000-32000 -n 20); do
        "$NGHTTPD" --no-tls -a 127.0.0.1 -d www "$port" >/dev/null 2>&1 &
        pid=$!
        wait_for 'curl -s -o /dev/null --http2-prior-knowledge http://127.0.0.1:$port/ || ! kill -0 $pid 2>/dev/null'
        if kill -0 $pid 2>/dev/null; then
            PIDS="$PIDS $pid"
            PLAIN=http://127.0.0.1:$port
            return
        fi
    done
    fail "nghttpd did not start"
}
# an HTTP/2 server with TLS, one without HTTP/2
start_nginx() {
    for port in $(shuf -i 20000-31000 -n 20); do
        cat >nginx.conf <<END
pid $WORK/nginx.pid; error_log $WORK/nginx.err; worker_processes 1; daemon off;
events { worker_connections 1024; }
http { access_log $WORK/access.log; client_body_temp_path $WORK/b; proxy_temp_path $WORK/p;
  fastcgi_temp_path $WORK/f; uwsgi_temp_path $WORK/u; scgi_temp_path $WORK/s; keepalive_requests 100000;
  ssl_certificate $WORK/certificate; ssl_certificate_key $WORK/key; root $WORK/www;
  server { listen 127.0.0.1:$port ssl http2; }
  server { listen 127.0.0.1:$((port + 1)) ssl; } server { listen 127.0.0.1:$((port + 2)); } }
END
        "$NGINX" -c "$WORK/nginx.conf" >/dev/null 2>&1 &
        pid=$!
        wait_for '[ -s nginx.pid ] || ! kill -0 $pid 2>/dev/null'
        if [ -s nginx.pid ]; then
            PIDS="$PIDS $pid"
            SECURE=https://127.0.0.1:$port
            SECURE1=https://127.0.0.1:$((port + 1))
            PLAIN1=http://127.0.0.1:$((port + 2))
            return
        fi
    done
    fail "nginx did not start"
}
start_nghttpd
start_nginx
export SSL_CERT_FILE="$WORK/certificate"

for site in "$PLAIN" "$SECURE"; do
    status 0 "$CT" run "$site/" --http 2 --rate 200 -n 300 --output json
    answered out 300
    is out '.plan.http == "2" and (.status_codes | keys) == ["200"]'
    closed out
    file=$(jq -r .result_file out)
    is "$file" '.connections.opened <= 2 and (.results[0].bytes > 6)' .connections
done
wait_for '[ "$(wc -l <access.log)" -ge "$(jq .accounting.ok out)" ]'
! grep -vq '"GET / HTTP/2.0" 200' access.log || fail "nginx saw something else"

# a pool: every stream of every connection has its user
status 0 "$CT" run "$PLAIN/" --http 2 --connections 3 --streams 4 -n 600 --output json
is out '.accounting.ok == 600 and .plan.streams == 4'
closed out
file=$(jq -r .result_file out)
is "$file" '.connections.opened == 3 and .connections.in_flight_max == 12' .connections
status 0 "$CT" run "$PLAIN/" --http 2 --connections 3 -X POST --body hello -n 30 --threads 2 --output json
is out '.status_codes == {"200": 30}' .status_codes

# several requests with weights, rows of a feed
printf 'GET %s/ weight=3\n\nGET %s/{{name}}\n' "$SECURE" "$SECURE" >list.txt
printf 'name\nnone\nneither\nnor\n' >rows.csv
: >access.log
status 0 "$CT" run --targets list.txt --feed rows.csv --http 2 --rate 100 -n 80 --output json
counts out '.status_codes == {"200": 60, "404": 20}' .status_codes
wait_for '[ "$(wc -l <access.log)" -ge "$(jq .accounting.started out)" ]'
for path in / /none /neither /nor; do
    grep -q "\"GET $path HTTP/2.0\"" access.log || fail "$path was not asked for"
done

# who does not speak it is named, and not asked in HTTP/1.1 instead
: >access.log
for site in "$PLAIN1" "$SECURE1"; do
    status 93 "$CT" run "$site/" --http 2 --rate 50 -n 20 --output json
    is out '.accounting.ok == 0 and (.accounting.failed | keys) == ["protocol_error"]' .accounting
    counts out '.accounting.failed.protocol_error == 20'
    ! grep -q '"GET' access.log || fail "asked in HTTP/1.1"
done
