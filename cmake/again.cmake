# The program that an agent of the sandbox becomes by execve(2) (sim/host/again): built without libraries, and part of
# nslab as bytes.
add_executable(nslab_again sim/host/again/again.cpp sim/host/agent.cpp sim/host/exec.cpp sim/host/judge.cpp
                           sim/host/signal.cpp)
target_include_directories(nslab_again PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(nslab_again PRIVATE -Wall -Wextra -Wpedantic -Wconversion -O2 -ffreestanding -fno-pie
                                           -fno-stack-protector -fno-exceptions -fno-rtti -fno-asynchronous-unwind-tables)
target_link_options(nslab_again PRIVATE -static -nostdlib -no-pie -Wl,--build-id=none -s)
set(again_bytes ${CMAKE_BINARY_DIR}/again/sim/host/again.inc)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/again/sim/host)
add_custom_command(
  OUTPUT ${again_bytes}
  COMMAND ${CMAKE_COMMAND} -DFROM=$<TARGET_FILE:nslab_again> -DTO=${again_bytes} -P ${CMAKE_SOURCE_DIR}/cmake/bytes.cmake
  DEPENDS nslab_again ${CMAKE_SOURCE_DIR}/cmake/bytes.cmake
  COMMENT "Taking the bytes of the program of an agent")
add_custom_target(nslab_again_bytes DEPENDS ${again_bytes})
add_dependencies(nslab_host nslab_again_bytes)
set_source_files_properties(sim/host/program.cpp PROPERTIES OBJECT_DEPENDS ${again_bytes})
target_include_directories(nslab_host PRIVATE ${CMAKE_BINARY_DIR}/again)
