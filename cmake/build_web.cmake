# Script half of web.cmake: copies SOURCE and SCHEMAS to FOLDER, makes the types and the page there (so the source tree
# stays clean) and writes OUTPUT, C++ that holds the page. With an empty NPM, or when npm fails and MUST is off, the page is empty.
set(page "")

set(reason "npm was not there: install nodejs and npm")

# Node from elsewhere than Debian brings certificates of its own, and does not know those that a company or a sandbox
# added to the system's.
set(certificates /etc/ssl/certs/ca-certificates.crt)
if(NOT DEFINED ENV{NODE_EXTRA_CA_CERTS} AND EXISTS ${certificates})
  set(ENV{NODE_EXTRA_CA_CERTS} ${certificates})
endif()

# One sentence from what npm wrote.
function(why_npm_failed log result)
  file(READ ${log} text)
  if(text MATCHES "SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET|VERIFY)[A-Z_]*")
    set(${result} "the certificate of the npm registry is not trusted here: add the one of your proxy to /usr/local/share/ca-certificates and run update-ca-certificates" PARENT_SCOPE)
  elseif(text MATCHES "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET|network")
    set(${result} "the npm registry cannot be reached, and its packages are needed once" PARENT_SCOPE)
  elseif(text MATCHES "Exit handler never called|internal error|error with npm itself" AND NOT EXISTS /proc/self)
    set(${result} "npm needs /proc, which is not mounted here" PARENT_SCOPE)
  else()
    set(${result} "npm failed, see ${log}" PARENT_SCOPE)
  endif()
endfunction()

# Runs npm, and once more when it fails, for registries stumble; then says so once and leaves `failed` and `reason` set.
function(run_npm step)
  foreach(try 1 2)
    execute_process(COMMAND ${NPM} ${ARGN} WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE code
                    OUTPUT_FILE ${FOLDER}/${step}.log ERROR_FILE ${FOLDER}/${step}.log)
    if(code EQUAL 0)
      return()
    endif()
  endforeach()
  set(failed ON PARENT_SCOPE)
  why_npm_failed(${FOLDER}/${step}.log why)
  set(reason "${why}" PARENT_SCOPE)
  set(told "The report page was not built ('${NPM} ${step}'): ${why}.")
  if(MUST)
    message(FATAL_ERROR "${told}")
  endif()
  message(WARNING "${told} scalesim will refuse --html. To try again, delete ${OUTPUT} and build.")
endfunction()

if(NPM)
  file(MAKE_DIRECTORY ${FOLDER})
  file(REMOVE_RECURSE ${FOLDER}/src ${FOLDER}/schemas)
  foreach(name src index.html package.json package-lock.json tsconfig.json vite.config.js)
    file(COPY ${SOURCE}/${name} DESTINATION ${FOLDER})
  endforeach()
  file(COPY ${SCHEMAS}/ DESTINATION ${FOLDER}/schemas)
  set(failed OFF)
  if(${SOURCE}/package-lock.json IS_NEWER_THAN ${FOLDER}/node_modules/.package-lock.json)
    run_npm(ci ci --prefer-offline --no-audit --no-fund --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000)
  endif()
  if(NOT failed)
    run_npm(build run build)
  endif()
  if(NOT failed)
    file(READ ${FOLDER}/dist/index.html page)
    set(reason "")
  endif()
endif()

# Adjacent literals, for a compiler may limit the length of one. The page is plain ASCII, so any cut is a clean one.
string(LENGTH "${page}" length)
set(content "// Generated from web/.\n#include \"report/html/html.h\"\n\nnamespace scalesim::report {\nnamespace {\nconstexpr char kPage[] =\n\"\"")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${page}" ${at} 15000 piece)
  string(APPEND content "\nR\"page_text(${piece})page_text\"")
  math(EXPR at "${at} + 15000")
endwhile()
string(REPLACE "\"" "'" reason "${reason}")
string(APPEND content ";\n}  // namespace\nstd::string_view page_shell() { return {kPage, sizeof(kPage) - 1}; }\n"
       "std::string_view page_missing() { return \"${reason}\"; }\n}  // namespace scalesim::report\n")
file(WRITE ${OUTPUT} "${content}")
