# One static library per folder and, where the folder has tests, one Catch2 program beside it.

add_library(muster_options INTERFACE)
target_include_directories(muster_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(muster_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  $<$<BOOL:${MUSTER_WARNINGS_AS_ERRORS}>:-Werror>)
target_compile_definitions(muster_options INTERFACE MUSTER_VERSION="${PROJECT_VERSION}")
target_link_libraries(muster_options INTERFACE Threads::Threads)
if(MUSTER_SANITIZERS)
  target_compile_options(muster_options INTERFACE -fsanitize=${MUSTER_SANITIZERS} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(muster_options INTERFACE -fsanitize=${MUSTER_SANITIZERS})
endif()

# While folders grow side by side: a source that is listed but not written yet must not stop the others.
function(muster_written result)
  set(written "")
  foreach(source ${ARGN})
    if(IS_ABSOLUTE ${source} OR EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${source})
      list(APPEND written ${source})
    endif()
  endforeach()
  if(NOT written)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp "")
    set(written ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp)
  endif()
  set(${result} ${written} PARENT_SCOPE)
endfunction()

# muster_library(NAME SOURCES a.cpp ... LINK muster_contract ... PRIVATE fmt::fmt ...)
# LINK names the folders whose headers this one may include: the direction that docs/design.md draws.
function(muster_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;PRIVATE")
  muster_written(sources ${arg_SOURCES})
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC muster_options ${arg_LINK} PRIVATE ${arg_PRIVATE})
endfunction()

# muster_tests(NAME SOURCES a_test.cpp ... LINK muster_plan ...): the tests of one folder, run by ctest as NAME.
# LABELS lab keeps a program out of the default run (see ./test --labs).
function(muster_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;LABELS")
  muster_written(sources ${arg_SOURCES})
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE muster_options muster_test_support ${arg_LINK})
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 300)
endfunction()

# Catch2's main is compiled once for all test programs.
add_library(muster_test_support STATIC ${PROJECT_SOURCE_DIR}/tests/support/main.cpp)
target_link_libraries(muster_test_support PUBLIC muster_options)
