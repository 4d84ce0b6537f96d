/* Memory of a task, with addresses of 64 bits. Not Apple's file. */
#ifndef SIXFOLD_MACH_MACH_VM_H
#define SIXFOLD_MACH_MACH_VM_H

#include <mach/mach_types.h>
#include <mach/vm_region.h>
#include <mach/kern_return.h>
#include <mach/message.h>

#ifdef __cplusplus
extern "C" {
#endif

kern_return_t mach_vm_allocate(vm_map_t task, mach_vm_address_t *address, mach_vm_size_t size, int flags);
kern_return_t mach_vm_deallocate(vm_map_t task, mach_vm_address_t address, mach_vm_size_t size);
kern_return_t mach_vm_protect(vm_map_t task, mach_vm_address_t address, mach_vm_size_t size,
    boolean_t set_maximum, vm_prot_t protection);
kern_return_t mach_vm_inherit(vm_map_t task, mach_vm_address_t address, mach_vm_size_t size, vm_inherit_t inheritance);
kern_return_t mach_vm_read(vm_map_t task, mach_vm_address_t address, mach_vm_size_t size,
    vm_offset_t *data, mach_msg_type_number_t *count);
kern_return_t mach_vm_write(vm_map_t task, mach_vm_address_t address, vm_offset_t data, mach_msg_type_number_t count);
kern_return_t mach_vm_copy(vm_map_t task, mach_vm_address_t source, mach_vm_size_t size, mach_vm_address_t destination);
kern_return_t mach_vm_read_overwrite(vm_map_t task, mach_vm_address_t address, mach_vm_size_t size,
    mach_vm_address_t data, mach_vm_size_t *read);
kern_return_t mach_vm_msync(vm_map_t task, mach_vm_address_t address, mach_vm_size_t size, vm_sync_t flags);
kern_return_t mach_vm_behavior_set(vm_map_t task, mach_vm_address_t address, mach_vm_size_t size, vm_behavior_t behavior);
kern_return_t mach_vm_map(vm_map_t task, mach_vm_address_t *address, mach_vm_size_t size, mach_vm_offset_t mask, int flags,
    mem_entry_name_port_t object, memory_object_offset_t offset, boolean_t copy,
    vm_prot_t protection, vm_prot_t maximum, vm_inherit_t inheritance);
kern_return_t mach_vm_remap(vm_map_t task, mach_vm_address_t *address, mach_vm_size_t size, mach_vm_offset_t mask, int flags,
    vm_map_t source_task, mach_vm_address_t source, boolean_t copy,
    vm_prot_t *protection, vm_prot_t *maximum, vm_inherit_t inheritance);
kern_return_t mach_vm_machine_attribute(vm_map_t task, mach_vm_address_t address, mach_vm_size_t size,
    vm_machine_attribute_t attribute, vm_machine_attribute_val_t *value);
kern_return_t mach_vm_page_query(vm_map_t task, mach_vm_offset_t offset, integer_t *disposition, integer_t *references);
kern_return_t mach_vm_region(vm_map_t task, mach_vm_address_t *address, mach_vm_size_t *size, vm_region_flavor_t flavor,
    vm_region_info_t info, mach_msg_type_number_t *count, mach_port_t *object_name);
kern_return_t mach_vm_region_recurse(vm_map_t task, mach_vm_address_t *address, mach_vm_size_t *size, natural_t *depth,
    vm_region_recurse_info_t info, mach_msg_type_number_t *count);
kern_return_t mach_vm_purgable_control(vm_map_t task, mach_vm_offset_t address, vm_purgable_t control, int *state);

#ifdef __cplusplus
}
#endif

#endif
