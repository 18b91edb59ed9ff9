#include <curl/curl.h>
#include <stdarg.h>

#include "CLazyLibraries.h"

#define CURL_SONAME "libcurl.so.4"

LAZY_FUNCTION(CURL_SONAME, CURL *, curl_easy_init, (void), ())
LAZY_FUNCTION(CURL_SONAME, void, curl_easy_cleanup, (CURL * handle), (handle))
LAZY_FUNCTION(CURL_SONAME, CURLcode, curl_easy_perform, (CURL * handle), (handle))
LAZY_FUNCTION(CURL_SONAME, const char *, curl_easy_strerror, (CURLcode code), (code))

// The last argument is a pointer or a long, which are passed in the same way wherever this runs.
#define LAZY_VARIADIC_FUNCTION(name, kind)              \
  LAZY_HIDDEN CURLcode(name)(CURL * handle, kind key, ...) { \
    LAZY_LOOK_UP(CURL_SONAME, name)                     \
    va_list arguments;                                  \
    va_start(arguments, key);                           \
    void *value = va_arg(arguments, void *);            \
    va_end(arguments);                                  \
    return function(handle, key, value);                \
  }

LAZY_VARIADIC_FUNCTION(curl_easy_setopt, CURLoption)
LAZY_VARIADIC_FUNCTION(curl_easy_getinfo, CURLINFO)
