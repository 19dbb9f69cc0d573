# The layers, lowest first. A module may depend on modules of a lower layer only. This table is the
# only place where the ranks stand: tools/check-layers.sh reads it too.
set(CT_LAYER_base 0)
set(CT_LAYER_model 1)
set(CT_LAYER_io 2)
set(CT_LAYER_engine 3)
set(CT_LAYER_testcases 3)
set(CT_LAYER_target 3)
set(CT_LAYER_monitor 3)
set(CT_LAYER_analysis 3)
set(CT_LAYER_chart 3)
set(CT_LAYER_report 3)
set(CT_LAYER_store 3)
set(CT_LAYER_services 4)
set(CT_LAYER_cli 5)

# Everything of ours is compiled with the same warnings, hardening and sanitizers.
add_library(ct_flags INTERFACE)
target_compile_options(ct_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wformat=2 -Wundef -Wvla -Wwrite-strings -Wpointer-arith -Wswitch-enum)
if(CT_SANITIZE)
  target_compile_options(ct_flags INTERFACE -fsanitize=${CT_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(ct_flags INTERFACE -fsanitize=${CT_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(ct_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  target_link_options(ct_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
target_compile_definitions(ct_flags INTERFACE _GNU_SOURCE)
# CMake's Release and RelWithDebInfo define NDEBUG; assertions stay on in every build.
target_compile_options(ct_flags INTERFACE -UNDEBUG)

# ct_module(engine SOURCES ... DEPENDS io model base EXTERNAL PkgConfig::UV)
# One static library, ct_engine, from src/engine. Configuring fails on an upward dependency.
function(ct_module name)
  cmake_parse_arguments(M "" "" "SOURCES;DEPENDS;EXTERNAL" ${ARGN})
  if(NOT DEFINED CT_LAYER_${name})
    message(FATAL_ERROR "module ${name} has no layer: add it to cmake/CtModule.cmake")
  endif()
  add_library(ct_${name} STATIC ${M_SOURCES})
  target_include_directories(ct_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src")
  foreach(d ${M_DEPENDS})
    if(NOT CT_LAYER_${d} LESS CT_LAYER_${name})
      message(FATAL_ERROR
        "${name} (layer ${CT_LAYER_${name}}) may not depend on ${d} (layer ${CT_LAYER_${d}})")
    endif()
    target_link_libraries(ct_${name} PUBLIC ct_${d})
  endforeach()
  target_link_libraries(ct_${name} PRIVATE ct_flags ${M_EXTERNAL})
endfunction()
