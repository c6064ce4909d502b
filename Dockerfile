# The program and nothing else, for CI systems that take images. The action does not use it.
#
# The static binary is handed in, as `cask` in the folder that is built; nothing is pulled and nothing compiled:
#   mkdir image && cp target/x86_64-unknown-linux-musl/release/cask image/
#   docker build --file Dockerfile --tag cask image
#
# There is no git in it: what asks git (`cask ci`, `cask hook`) needs an image that has it, with this program copied in.
FROM scratch
COPY --chmod=0755 cask /cask
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/cask"]
