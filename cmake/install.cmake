# cmake --install: the binary, the libraries and their headers. The libraries, the headers and what find_package needs
# are the component "development".
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
install(TARGETS scalesim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
get_property(parts GLOBAL PROPERTY SCALESIM_PARTS)
if(parts)
  install(TARGETS ${parts} LIBRARY DESTINATION lib/scalesim)
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/scalesim)
get_property(libraries GLOBAL PROPERTY SCALESIM_LIBRARIES)
install(TARGETS ${libraries} EXPORT scalesimTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/scalesim COMPONENT development)
install(EXPORT scalesimTargets NAMESPACE scalesim:: DESTINATION ${package} COMPONENT development)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/scalesimConfig.cmake.in ${PROJECT_BINARY_DIR}/scalesimConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/scalesimConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/scalesimConfig.cmake ${PROJECT_BINARY_DIR}/scalesimConfigVersion.cmake
        DESTINATION ${package} COMPONENT development)

# Man pages and shell completion come from the binary's own option tables, so they are made by running it once.
if(NOT CMAKE_CROSSCOMPILING AND NOT SCALESIM_SANITIZE)
  set(share ${PROJECT_BINARY_DIR}/share)
  add_custom_command(
    OUTPUT ${share}/man/man1/scalesim.1
    COMMAND scalesim man --into ${share}/man/man1
    COMMAND ${CMAKE_COMMAND} -E make_directory ${share}/completion
    COMMAND scalesim completion bash > ${share}/completion/scalesim
    COMMAND scalesim completion zsh > ${share}/completion/_scalesim
    COMMAND scalesim completion fish > ${share}/completion/scalesim.fish
    DEPENDS scalesim
    COMMENT "Writing man pages and shell completion")
  add_custom_target(scalesim_manual ALL DEPENDS ${share}/man/man1/scalesim.1)
  install(DIRECTORY ${share}/man/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(FILES ${share}/completion/scalesim DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${share}/completion/_scalesim DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${share}/completion/scalesim.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
