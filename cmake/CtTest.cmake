# Test helpers. Every test gets the same time-out and, under a sanitizer, fails on any report:
# Criterion forgets the exit status of a worker that already passed.
pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion)
find_package(Threads REQUIRED)
# Criterion's assertions assign int to bit-fields. Linked after ct_flags: the last option counts.
add_library(ct_test_flags INTERFACE)
target_compile_options(ct_test_flags INTERFACE -Wno-conversion)
set(CT_REPORT "ERROR: (Address|Leak)Sanitizer|runtime error:")

function(ct_test_properties name label timeout)
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout}
    FAIL_REGULAR_EXPRESSION "${CT_REPORT}")
endfunction()

# ct_undisturbed_test(name label timeout command...): run again when it failed on a machine that was
# disturbed; the timeout is that of each time.
function(ct_undisturbed_test name label timeout)
  add_test(NAME ${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/support/undisturbed.sh ${timeout} ${ARGN})
  math(EXPR all "3 * ${timeout} + 240")
  ct_test_properties(${name} ${label} ${all})
endfunction()

# ct_unit_test(base err): tests/unit/base/test_err.c, linked with ct_base only. More libraries (test
# support, external ones) as further arguments.
function(ct_unit_test module name)
  set(t unit_${module}_${name})
  add_executable(${t} ${PROJECT_SOURCE_DIR}/tests/unit/${module}/test_${name}.c)
  target_link_libraries(${t} PRIVATE ct_${module} ct_flags ct_test_flags PkgConfig::CRITERION ${ARGN})
  target_include_directories(${t} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support)
  target_compile_definitions(${t} PRIVATE CT_TESTS_DIR="${PROJECT_SOURCE_DIR}/tests")
  add_test(NAME ${t} COMMAND ${t})
  ct_test_properties(${t} unit 60)
endfunction()

# ct_integration_test(http1 ct_io ct_test_support): tests/integration/test_http1.c with a real loop.
function(ct_integration_test name)
  set(t integration_${name})
  add_executable(${t} ${PROJECT_SOURCE_DIR}/tests/integration/test_${name}.c)
  target_link_libraries(${t} PRIVATE ${ARGN} ct_flags ct_test_flags PkgConfig::CRITERION Threads::Threads)
  target_include_directories(${t} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support)
  target_compile_definitions(${t} PRIVATE CT_TESTS_DIR="${PROJECT_SOURCE_DIR}/tests")
  ct_undisturbed_test(${t} integration 120 $<TARGET_FILE:${t}>)
endfunction()

# ct_e2e_test(name [timeout]): tests/e2e/name.sh CT, the built binary as a user runs it.
function(ct_e2e_test name)
  set(timeout 300)
  if(ARGC GREATER 1)
    set(timeout ${ARGV1})
  endif()
  ct_undisturbed_test(e2e_${name} e2e ${timeout} ${PROJECT_SOURCE_DIR}/tests/e2e/${name}.sh
    $<TARGET_FILE:ct>)
  # alone: a run beside a compiler or another run is rightly called invalid
  set_tests_properties(e2e_${name} PROPERTIES RUN_SERIAL ON ENVIRONMENT
    "CT_TOOLS=${PROJECT_BINARY_DIR}/tests;CT_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()

# ct_fuzz_test(units ct_base): tests/fuzz/fuzz_units.c. With -DCT_FUZZ=ON (clang) a libFuzzer program;
# otherwise a plain one that replays tests/fuzz/corpus/units, run as a test.
option(CT_FUZZ "Build the fuzz targets with libFuzzer (needs clang)" OFF)
function(ct_fuzz_test name)
  set(t fuzz_${name})
  if(CT_FUZZ)
    add_executable(${t} ${PROJECT_SOURCE_DIR}/tests/fuzz/${t}.c)
    target_link_options(${t} PRIVATE -fsanitize=fuzzer)
    if(NOT TARGET fuzzers)
      add_custom_target(fuzzers) # what "make fuzz" builds
    endif()
    add_dependencies(fuzzers ${t})
  else()
    add_executable(${t} ${PROJECT_SOURCE_DIR}/tests/fuzz/${t}.c
                        ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c)
    add_test(NAME ${t} COMMAND ${t} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    ct_test_properties(${t} fuzz 60)
  endif()
  target_link_libraries(${t} PRIVATE ${ARGN} ct_flags)
  target_include_directories(${t} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support)
endfunction()
