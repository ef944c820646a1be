# The image: the program, and nothing else that could be run. It writes to /data alone, so its root may be read-only.
#
#     docker build --tag sla-monitor .
#
# docs/operations.md says how it is run. scripts/test-packages builds what the first stage says, and runs what the second one makes of it.
FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY scripts/lib/openssl-perl scripts/lib/openssl-perl
COPY migrations migrations
COPY static static
COPY templates templates
COPY benches benches
COPY src src
RUN cargo build --release --locked --bin sla-monitor
RUN install --directory --mode=0700 data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /source/target/release/sla-monitor /usr/bin/sla-monitor
COPY --from=build --chown=65532:65532 /source/data /data
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/sla-monitor/
ENV SLA_MONITOR_BIND=0.0.0.0:8000
# What --database-url and --database-url-file take the place of.
ENV DATABASE_URL=sqlite:/data/db.sqlite3
# Exports are written to files without a name first.
ENV TMPDIR=/data
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD ["/usr/bin/sla-monitor", "healthcheck"]
ENTRYPOINT ["/usr/bin/sla-monitor"]
CMD ["serve", "--migrate", "--metrics-token-file", "/run/secrets/metrics-token", "--log-format", "json"]
