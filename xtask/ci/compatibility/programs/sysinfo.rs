fn main() {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    system.refresh_processes(sysinfo::ProcessesToUpdate::All, true);
    assert!(system.total_memory() > 0);
    println!("{} processes, {} disks", system.processes().len(), sysinfo::Disks::new_with_refreshed_list().len());
}
