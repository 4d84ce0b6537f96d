# The extension's image. Build it by `cargo xtask dist`, which compiles everything first: the build context is the folder
# target/dist/stage, so nothing is compiled, downloaded or emulated here.
FROM scratch

# Given by Docker for each platform. A default here would hide that value, and both images would hold the same programs.
ARG TARGETARCH

# One layer for each concern: whoever pulls the next version gets only the layers that changed.
# What hosts read first. Each platform has its own, which lists no program that is skipped for its hosts.
COPY ${TARGETARCH}/metadata.json common/icon.svg /
COPY common/ui /ui

# Programs for the host, not for the container: /darwin in the arm64 image is for Macs with Apple silicon. The mode is
# said here because a stage made on Windows has no executable bits.
COPY --chmod=0755 ${TARGETARCH}/darwin /darwin
COPY --chmod=0755 ${TARGETARCH}/windows /windows
COPY --chmod=0755 ${TARGETARCH}/linux /linux
