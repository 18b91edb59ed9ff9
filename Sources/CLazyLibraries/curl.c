#include <curl/curl.h>
#include <stdarg.h>

#include "CLazyLibraries.h"

static struct lazy_library curl = {.soname = "libcurl.so.4"};

LAZY_FUNCTION(curl, CURL *, curl_easy_init, (void), ())
LAZY_FUNCTION(curl, void, curl_easy_cleanup, (CURL * handle), (handle))
LAZY_FUNCTION(curl, CURLcode, curl_easy_perform, (CURL * handle), (handle))
LAZY_FUNCTION(curl, const char *, curl_easy_strerror, (CURLcode code), (code))

// The last argument is a pointer or a long, which are passed in the same way wherever this runs.

LAZY_HIDDEN CURLcode(curl_easy_setopt)(CURL *handle, CURLoption option, ...) {
  typeof(curl_easy_setopt) *function = lazy_library_function(&curl, "curl_easy_setopt");
  va_list arguments;
  va_start(arguments, option);
  void *value = va_arg(arguments, void *);
  va_end(arguments);
  return function(handle, option, value);
}

LAZY_HIDDEN CURLcode(curl_easy_getinfo)(CURL *handle, CURLINFO information, ...) {
  typeof(curl_easy_getinfo) *function = lazy_library_function(&curl, "curl_easy_getinfo");
  va_list arguments;
  va_start(arguments, information);
  void *value = va_arg(arguments, void *);
  va_end(arguments);
  return function(handle, information, value);
}
