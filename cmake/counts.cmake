# The program in the kernel that reads reference counts (sim/host/bpf). It needs clang, which can compile for BPF, and
# libbpf. Where one is missing nslab goes without, and says so in `nslab --version`.
set(NSLAB_WITHOUT_COUNTS "")
set(counts_source ${CMAKE_SOURCE_DIR}/sim/host/bpf/counts.bpf.c)
set(counts_compile -O2 -g -Wall -target bpf -c ${counts_source})

find_program(NSLAB_CLANG NAMES clang clang-14 clang-19 clang-16 clang-18 clang-15 clang-17)
find_library(NSLAB_LIBBPF bpf)
find_path(NSLAB_LIBBPF_INCLUDE bpf/libbpf.h)
mark_as_advanced(NSLAB_CLANG NSLAB_LIBBPF NSLAB_LIBBPF_INCLUDE)
if(NOT NSLAB_CLANG)
  set(NSLAB_WITHOUT_COUNTS "clang was not found")
elseif(NOT NSLAB_LIBBPF OR NOT NSLAB_LIBBPF_INCLUDE)
  set(NSLAB_WITHOUT_COUNTS "libbpf was not found")
else()
  execute_process(COMMAND ${NSLAB_CLANG} ${counts_compile} -o ${CMAKE_BINARY_DIR}/counts.try.o
                  RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
  if(failed)
    set(NSLAB_WITHOUT_COUNTS "this clang does not compile for BPF")
  endif()
endif()

if(NOT NSLAB_WITHOUT_COUNTS)
  set(NSLAB_COUNTS_LIBRARIES ${NSLAB_LIBBPF})
  if(NSLAB_STATIC)
    set(NSLAB_COUNTS_LIBRARIES -lbpf -lelf -lz)
    include(CheckCXXSourceCompiles)
    set(CMAKE_REQUIRED_LIBRARIES -static ${NSLAB_COUNTS_LIBRARIES})
    check_cxx_source_compiles("#include <bpf/libbpf.h>
      int main() { return bpf_object__open(\"\") != nullptr; }" NSLAB_STATIC_LIBBPF)
    unset(CMAKE_REQUIRED_LIBRARIES)
    if(NOT NSLAB_STATIC_LIBBPF)
      set(NSLAB_WITHOUT_COUNTS "libbpf cannot be linked statically here")
    endif()
  endif()
endif()

if(NSLAB_WITHOUT_COUNTS)
  message(STATUS "Reference counts of the kernel: left out, because ${NSLAB_WITHOUT_COUNTS}")
  set_source_files_properties(sim/host/counts.cpp PROPERTIES COMPILE_DEFINITIONS
                              "NSLAB_WITHOUT_COUNTS=\"${NSLAB_WITHOUT_COUNTS}\"")
else()
  set(counts_folder ${CMAKE_BINARY_DIR}/bpf)
  set(counts_bytes ${counts_folder}/sim/host/bpf/counts.inc)
  file(MAKE_DIRECTORY ${counts_folder}/sim/host/bpf)
  add_custom_command(
    OUTPUT ${counts_bytes}
    COMMAND ${NSLAB_CLANG} ${counts_compile} -o ${counts_folder}/counts.o
    COMMAND ${CMAKE_COMMAND} -DFROM=${counts_folder}/counts.o -DTO=${counts_bytes} -P ${CMAKE_SOURCE_DIR}/cmake/bytes.cmake
    DEPENDS ${counts_source} ${CMAKE_SOURCE_DIR}/sim/host/bpf/record.h ${CMAKE_SOURCE_DIR}/cmake/bytes.cmake
    COMMENT "Compiling the BPF program")
  add_custom_target(nslab_counts DEPENDS ${counts_bytes})
  add_dependencies(nslab_host nslab_counts)
  set_source_files_properties(sim/host/counts.cpp PROPERTIES OBJECT_DEPENDS ${counts_bytes})
  target_include_directories(nslab_host PRIVATE ${counts_folder})
  target_include_directories(nslab_host SYSTEM PRIVATE ${NSLAB_LIBBPF_INCLUDE})
  target_link_libraries(nslab_host PUBLIC ${NSLAB_COUNTS_LIBRARIES})
endif()
