/* Types of network interfaces: those that macOS reports. Not Apple's file. */
#ifndef SIXFOLD_NET_IF_TYPES_H
#define SIXFOLD_NET_IF_TYPES_H

#define IFT_OTHER 0x1
#define IFT_X25 0x5
#define IFT_ETHER 0x6
#define IFT_ISO88023 0x7
#define IFT_ISO88025 0x9
#define IFT_FDDI 0xf
#define IFT_PPP 0x17
#define IFT_LOOP 0x18
#define IFT_SLIP 0x1c
#define IFT_PARA 0x22
#define IFT_ATM 0x25
#define IFT_MODEM 0x30
#define IFT_PROPVIRTUAL 0x35
#define IFT_GIF 0x37
#define IFT_FAITH 0x38
#define IFT_STF 0x39
#define IFT_L2VLAN 0x87
#define IFT_IEEE8023ADLAG 0x88
#define IFT_IEEE1394 0x90
#define IFT_BRIDGE 0xd1
#define IFT_ENC 0xf4
#define IFT_PFLOG 0xf5
#define IFT_PFSYNC 0xf6
#define IFT_CARP 0xf8
#define IFT_CELLULAR 0xff

#endif
