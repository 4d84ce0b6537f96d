/* zig has this header in lower case, and other systems than Windows tell the two apart. */
#include <powrprof.h>
