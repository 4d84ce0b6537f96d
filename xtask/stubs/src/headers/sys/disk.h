/* Requests to disks. Not Apple's file. */
#ifndef SIXFOLD_SYS_DISK_H
#define SIXFOLD_SYS_DISK_H

#include <stdint.h>
#include <sys/ioccom.h>

#define DKIOCEJECT _IO('d', 21)
#define DKIOCSYNCHRONIZECACHE _IO('d', 22)
#define DKIOCISFORMATTED _IOR('d', 23, uint32_t)
#define DKIOCGETBLOCKSIZE _IOR('d', 24, uint32_t)
#define DKIOCGETBLOCKCOUNT _IOR('d', 25, uint64_t)
#define DKIOCISWRITABLE _IOR('d', 29, uint32_t)
#define DKIOCGETMAXBLOCKCOUNTREAD _IOR('d', 64, uint64_t)
#define DKIOCGETMAXBLOCKCOUNTWRITE _IOR('d', 65, uint64_t)
#define DKIOCGETPHYSICALBLOCKSIZE _IOR('d', 77, uint32_t)

#endif
