use interprocess::local_socket::{GenericFilePath, ToFsName as _, prelude::*};

fn main() {
    let name = "no such socket".to_fs_name::<GenericFilePath>();
    println!("{:?}", name.map(|name| LocalSocketStream::connect(name).is_err()));
}
