/* The system's log, as the crate libc has it. Clang's documentation of __builtin_os_log_format describes the encoding. Not Apple's file. */
#ifndef SIXFOLD_OS_LOG_H
#define SIXFOLD_OS_LOG_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct os_log_s *os_log_t;
typedef uint8_t os_log_type_t;

#define OS_LOG_TYPE_DEFAULT ((os_log_type_t)0x00)
#define OS_LOG_TYPE_INFO ((os_log_type_t)0x01)
#define OS_LOG_TYPE_DEBUG ((os_log_type_t)0x02)
#define OS_LOG_TYPE_ERROR ((os_log_type_t)0x10)
#define OS_LOG_TYPE_FAULT ((os_log_type_t)0x11)

extern struct os_log_s _os_log_default;
extern struct os_log_s _os_log_disabled;
#define OS_LOG_DEFAULT (&_os_log_default)
#define OS_LOG_DISABLED (&_os_log_disabled)

os_log_t os_log_create(const char *subsystem, const char *category);
bool os_log_type_enabled(os_log_t log, os_log_type_t type);
void _os_log_impl(void *program, os_log_t log, os_log_type_t type, const char *format, uint8_t *arguments, uint32_t size);
extern struct mach_header __dso_handle;

#ifdef __cplusplus
}
#endif

#define os_log_with_type(log, type, format, ...) __extension__({ \
    os_log_t log_ = (log); \
    os_log_type_t type_ = (type); \
    if (os_log_type_enabled(log_, type_)) { \
        static const char format_[] __attribute__((section("__TEXT,__oslogstring,cstring_literals"))) = format; \
        uint8_t arguments_[__builtin_os_log_format_buffer_size(format, ##__VA_ARGS__)]; \
        __builtin_os_log_format(arguments_, format, ##__VA_ARGS__); \
        _os_log_impl(&__dso_handle, log_, type_, format_, arguments_, (uint32_t)sizeof(arguments_)); \
    } \
})
#define os_log(log, format, ...) os_log_with_type(log, OS_LOG_TYPE_DEFAULT, format, ##__VA_ARGS__)
#define os_log_info(log, format, ...) os_log_with_type(log, OS_LOG_TYPE_INFO, format, ##__VA_ARGS__)
#define os_log_debug(log, format, ...) os_log_with_type(log, OS_LOG_TYPE_DEBUG, format, ##__VA_ARGS__)
#define os_log_error(log, format, ...) os_log_with_type(log, OS_LOG_TYPE_ERROR, format, ##__VA_ARGS__)
#define os_log_fault(log, format, ...) os_log_with_type(log, OS_LOG_TYPE_FAULT, format, ##__VA_ARGS__)

#endif
