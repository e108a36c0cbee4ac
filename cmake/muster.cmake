# One static library per folder and, where the folder has tests, one Catch2 program beside it.

add_library(muster_options INTERFACE)
target_include_directories(muster_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(muster_options INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor
  $<$<BOOL:${MUSTER_WARNINGS_AS_ERRORS}>:-Werror>)
if(NOT MUSTER_UNITY_BUILD)
  # In a batch what another source keeps to itself looks like a global.
  target_compile_options(muster_options INTERFACE -Wshadow)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 to 14 see these in their own std::string and std::variant once they are inlined (GCC bugs 105562, 105651).
  target_compile_options(muster_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
endif()
target_compile_definitions(muster_options INTERFACE MUSTER_VERSION="${PROJECT_VERSION}")
target_link_libraries(muster_options INTERFACE Threads::Threads)
if(MUSTER_SANITIZERS)
  target_compile_options(muster_options INTERFACE -fsanitize=${MUSTER_SANITIZERS} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(muster_options INTERFACE -fsanitize=${MUSTER_SANITIZERS})
endif()

# The standard library, fmt and JSON are parsed once for all libraries, Catch2 once for all tests.
if(MUSTER_PRECOMPILED_HEADERS)
  add_library(muster_precompiled STATIC ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(muster_precompiled PUBLIC muster_options fmt::fmt nlohmann_json::nlohmann_json)
  target_precompile_headers(muster_precompiled PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.h)
endif()

# muster_library(NAME SOURCES a.cpp ... LINK muster_contract ... PRIVATE fmt::fmt ...)
# LINK names the folders whose headers this one may include: the direction that docs/design.md draws.
function(muster_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;PRIVATE")
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC muster_options ${arg_LINK} PRIVATE ${arg_PRIVATE})
  if(MUSTER_PRECOMPILED_HEADERS)
    target_precompile_headers(${name} REUSE_FROM muster_precompiled)
  endif()
  muster_compile_in_batches(${name})
endfunction()

# Templates and headers are worked through once for sixteen sources. They must not share names, not even private ones.
function(muster_compile_in_batches name)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${MUSTER_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE 16)
  if(MUSTER_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # A class that holds a type without linkage is a mistake in a header only; a source in a batch looks like one.
    target_compile_options(${name} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# muster_test_library(NAME SOURCES party.cpp LINK muster_cli ...): what several test programs share.
function(muster_test_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC muster_options ${arg_LINK})
  muster_compile_as_test(${name})
endfunction()

# muster_tests(NAME SOURCES a_test.cpp ... LINK muster_plan ...): the tests of one folder, run by ctest as NAME.
# LABELS lab keeps a program out of the default run (see ./test --labs).
function(muster_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;LABELS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE muster_options muster_test_support ${arg_LINK})
  muster_compile_as_test(${name})
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 1500)
  if(MUSTER_SANITIZERS)
    # Slower by far; and tests that kill their children fork while other threads run.
    set_tests_properties(${name} PROPERTIES TIMEOUT 3600
      ENVIRONMENT "TSAN_OPTIONS=die_after_fork=0 suppressions=${PROJECT_SOURCE_DIR}/tests/support/thread-sanitizer")
  endif()
endfunction()

# muster_campaign(NAME ...): as muster_tests, and once more as NAME.soak, in the form that takes as long as it takes: part
# of ./test --soak alone.
function(muster_campaign name)
  muster_tests(${name} ${ARGN})
  get_test_property(${name} ENVIRONMENT environment)
  if(NOT environment)
    set(environment "")
  endif()
  add_test(NAME ${name}.soak COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name}.soak PROPERTIES LABELS soak TIMEOUT 43200
    ENVIRONMENT "${environment};MUSTER_SOAK=1;MUSTER_SOAK_ROWS=${PROJECT_BINARY_DIR}/soak")
endfunction()

# What is tested is optimised; the tests themselves compile in half the time when they are not.
set(muster_test_optimisation $<$<CONFIG:Release>:-O0>)

function(muster_compile_as_test target)
  target_compile_options(${target} PRIVATE ${muster_test_optimisation})
  muster_compile_in_batches(${target})
  if(MUSTER_PRECOMPILED_HEADERS)
    target_precompile_headers(${target} REUSE_FROM muster_test_precompiled)
  endif()
endfunction()

# Catch2's main is compiled once for all test programs. Debian 13's Catch2 (3) is a library, Debian 12's (2) is headers.
find_package(Catch2 3 QUIET)
add_library(muster_test_support STATIC ${PROJECT_SOURCE_DIR}/tests/support/main.cpp)
target_link_libraries(muster_test_support PUBLIC muster_options $<TARGET_NAME_IF_EXISTS:Catch2::Catch2>)
target_compile_options(muster_test_support PRIVATE ${muster_test_optimisation})
if(MUSTER_PRECOMPILED_HEADERS)
  add_library(muster_test_precompiled STATIC ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(muster_test_precompiled PUBLIC muster_options nlohmann_json::nlohmann_json)
  target_compile_options(muster_test_precompiled PRIVATE ${muster_test_optimisation})
  target_precompile_headers(muster_test_precompiled PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/precompiled.h)
endif()

# muster_schema(NAMESPACE): schema.sql of this folder becomes constants of the program, generated/NAMESPACE/schema_text.h,
# version and application id included, so that the two cannot differ.
function(muster_schema namespace)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/schema.sql)
  file(READ schema.sql SCHEMA_TEXT)
  string(REGEX MATCH "PRAGMA user_version = ([0-9]+)" matched "${SCHEMA_TEXT}")
  set(SCHEMA_VERSION ${CMAKE_MATCH_1})
  string(REGEX MATCH "PRAGMA application_id = (0x[0-9a-f]+)" matched "${SCHEMA_TEXT}")
  set(SCHEMA_APPLICATION_ID ${CMAKE_MATCH_1})
  set(SCHEMA_NAMESPACE ${namespace})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/schema_text.h.in generated/${namespace}/schema_text.h @ONLY)
endfunction()
