//! The image: what the Dockerfile asks for, made of the stage.

pub mod oci;
