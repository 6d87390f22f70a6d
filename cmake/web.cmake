# Builds web/ into one HTML page with npm and embeds it in the binary, when SCALESIM_HAS_WEB says that npm is here. The
# types of the documents that it shows are made from report/schemas/.
# Without network `npm ci` fails: then the build goes on, says what is lost, and `--html` explains itself.
function(scalesim_embed_page target)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_page.cpp)
  set(schemas ${PROJECT_SOURCE_DIR}/report/schemas)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/src/* ${schemas}/*.json)
  foreach(file index.html package.json package-lock.json tsconfig.json vite.config.js)
    list(APPEND sources ${PROJECT_SOURCE_DIR}/web/${file})
  endforeach()
  set(script ${PROJECT_SOURCE_DIR}/cmake/build_web.cmake)
  set(npm "")
  if(SCALESIM_HAS_WEB)
    set(npm ${SCALESIM_NPM})
  endif()
  set(must OFF)
  if("${SCALESIM_WEB}" STREQUAL "ON")
    set(must ON)
  endif()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR}/web -DSCHEMAS=${schemas} -DFOLDER=${PROJECT_BINARY_DIR}/web
            -DOUTPUT=${output} -DNPM=${npm} -DMUST=${must} -P ${script}
    DEPENDS ${sources} ${script}
    COMMENT "Building the report page")
  target_sources(${target} PRIVATE ${output})
endfunction()
