#pragma once

#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, and Swift does not import variadic
// functions.
static inline CURLcode shim_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode shim_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode shim_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode shim_curl_set_headers(CURL *handle, struct curl_slist *headers) {
  return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
}
static inline CURLcode shim_curl_set_error_buffer(CURL *handle, char *buffer) {
  return curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, buffer);
}

typedef size_t (*shim_curl_data_function)(char *, size_t, size_t, void *);

static inline void shim_curl_set_writer(CURL *handle, shim_curl_data_function function,
                                        void *context) {
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, function);
}
static inline void shim_curl_set_header_reader(CURL *handle, shim_curl_data_function function,
                                               void *context) {
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, function);
}
static inline void shim_curl_set_reader(CURL *handle, shim_curl_data_function function,
                                        int (*seek)(void *, curl_off_t, int), void *context) {
  curl_easy_setopt(handle, CURLOPT_READDATA, context);
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, function);
  curl_easy_setopt(handle, CURLOPT_SEEKDATA, context);
  curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, seek);
}
static inline void shim_curl_set_watch(CURL *handle,
                                       int (*function)(void *, curl_off_t, curl_off_t, curl_off_t,
                                                       curl_off_t),
                                       void *context) {
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
}
static inline CURLcode shim_curl_response_code(CURL *handle, long *code) {
  return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, code);
}
