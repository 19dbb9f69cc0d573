#!/bin/sh
# "ct run URL" needs no file, speaks to a real nginx, and its summary fits a screen.
. "$(dirname "$0")/lib.sh"
NGINX=$(command -v nginx || echo /usr/sbin/nginx)
[ -x "$NGINX" ] || fail "this test needs nginx: run tools/bootstrap.sh check"
start_nginx() {
    mkdir -p www
    echo hello >www/index.html
    for port in $(shuf -i 20000-32000 -n 20); do
        cat >nginx.conf <<END
pid $WORK/nginx.pid; error_log $WORK/nginx.err; worker_processes 1; daemon off;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path $WORK/b; proxy_temp_path $WORK/p; fastcgi_temp_path $WORK/f;
  uwsgi_temp_path $WORK/u; scgi_temp_path $WORK/s; keepalive_requests 100000;
  server { listen 127.0.0.1:$port; root $WORK/www; location = /gone { return 410; } location = /post { return 201; } } }
END
        "$NGINX" -c "$WORK/nginx.conf" >/dev/null 2>&1 &
        NGINX_PID=$!
        wait_for '[ -s nginx.pid ] || ! kill -0 $NGINX_PID 2>/dev/null'
        if [ -s nginx.pid ]; then
            PIDS="$PIDS $NGINX_PID"
            SITE=http://127.0.0.1:$port
            return
        fi
    done
    fail "nginx did not start"
}
start_nginx

status 0 "$CT" run "$SITE/" --rate 500 --duration 2s
[ "$(wc -l <out)" -le 24 ] || fail "the summary has $(wc -l <out) lines"
awk 'length($0) > 80 { exit 1 }' out || fail "the summary is wider than 80 columns"
shows 'result: results/'

status 0 "$CT" run "$SITE/" --rate 200 -n 300 --output json
answered out 300
closed out
status 0 "$CT" run "$SITE/post" -X POST -H 'X-A: b' --body '{"a":1}' --rate 50 --duration 1s --output json
answered out 50
is out '(.status_codes | keys) == ["201"]'
status 93 "$CT" run "$SITE/gone" --rate 50 --duration 1s --output json
counts out '.verdict.status == "no_data" and .accounting.failed == {"http_status": 50} and .response_ms.p50 == null'
closed out
status 0 "$CT" run "$SITE/" --rate 50 --duration 1s --keep-alive off --output json
answered out 50
file=$(jq -r .result_file out)
is "$file" '([.results[].new_connection] | all) and .connections.opened == .summary.accounting.ok'
