# Compiles data/**/*.toml into the binary: one generated .cpp with a raw string per file, rebuilt when a file changes.
function(scalesim_embed_data target folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*.toml)
  list(SORT files)
  list(TRANSFORM files PREPEND ${folder}/ OUTPUT_VARIABLE dependencies)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_files.cpp)
  set(list_file ${CMAKE_CURRENT_BINARY_DIR}/embedded_files.txt)
  list(JOIN files "\n" lines)
  file(CONFIGURE OUTPUT ${list_file} CONTENT "${lines}\n")
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DLIST=${list_file} -DOUTPUT=${output}
            -P ${PROJECT_SOURCE_DIR}/cmake/write_embedded.cmake
    DEPENDS ${dependencies} ${list_file} ${PROJECT_SOURCE_DIR}/cmake/write_embedded.cmake
    COMMENT "Embedding data/")
  target_sources(${target} PRIVATE ${output})
endfunction()
