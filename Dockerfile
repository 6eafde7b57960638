# An image with relaycheck: docker build -t relaycheck .
#
# It stands at the top because a plain `docker build` looks for it there. The build reaches crates.io and nothing
# else. RELAYCHECK_COMMIT is what --version shows: the repository's history is not part of the context.
#
#   docker build --build-arg RELAYCHECK_COMMIT="$(git rev-parse HEAD)" -t relaycheck .
#   docker run --rm relaycheck mail.example.com
#   docker run --rm -v /etc/postfix:/etc/postfix:ro relaycheck config /etc/postfix

# The oldest compiler that Cargo.toml promises.
FROM rust:1.89-slim-bookworm AS build
ARG RELAYCHECK_COMMIT=""
ENV RELAYCHECK_COMMIT=$RELAYCHECK_COMMIT
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin relaycheck

# With a shell, for relaycheck-part and relaycheck-nightly; with nothing else that could be wrong.
FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="relaycheck" \
      org.opencontainers.image.description="Finds open SMTP relays: over the wire, in configurations and in logs" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /src/target/release/relaycheck /usr/local/bin/
COPY contrib/relaycheck-nightly contrib/relaycheck-part /usr/local/bin/
# Nobody in particular. Reports go to a directory that is mounted and that this user can write to.
USER 65532:65532
WORKDIR /reports
ENTRYPOINT ["relaycheck"]
