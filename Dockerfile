# A small image with the release program.  Its data (database, secret, outbox) is in /data, the only
# place that is written to: --read-only is fine.  The admin listener stays on the container's loopback.
# Every option is a variable too, TIMECAPSULE_NAME, and where a value is a secret TIMECAPSULE_NAME_FILE
# names a file with it.
#
#   docker build -t timecapsule .
#   docker run -p 8080:8080 -v timecapsule:/data timecapsule
#
#   --build-arg BASE=…         another image of this release, from a registry of one's own
#   --build-arg APT_MIRROR=…   where Debian's packages are fetched from, instead of deb.debian.org/debian

ARG BASE=debian:13-slim

FROM ${BASE} AS build
ARG APT_MIRROR=
WORKDIR /src
COPY deploy/packages deploy/mirror deploy/
RUN deploy/mirror ${APT_MIRROR} && deploy/packages run
COPY CMakeLists.txt CMakePresets.json ./
COPY deploy deploy
COPY core core
COPY scripts scripts
COPY templates templates
COPY static static
COPY sql sql
COPY starter starter
RUN cmake --preset release -DCMAKE_INSTALL_PREFIX=/usr/local \
 && cmake --build --preset release \
 && DESTDIR=/out cmake --install build/release --strip

FROM ${BASE}
ARG APT_MIRROR=
COPY deploy/packages deploy/mirror /tmp/
RUN /tmp/mirror ${APT_MIRROR} \
 && apt-get update \
 && apt-get install -y --no-install-recommends $(/tmp/packages list runtime) \
 && rm -rf /var/lib/apt/lists/* /tmp/packages /tmp/mirror \
 && useradd --system --uid 10001 --user-group --no-create-home --home-dir /data timecapsule \
 && install -d -o timecapsule -g timecapsule -m 0700 /data
COPY --from=build /out/usr/local/bin /usr/local/bin
COPY --from=build /out/usr/local/share/timecapsule /usr/local/share/timecapsule

USER timecapsule
ENV TIMECAPSULE_DATA=/data \
    TIMECAPSULE_LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
# Asks the running server over its control socket; needs no client for HTTP in the image.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["timecapsule", "status"]
ENTRYPOINT ["timecapsule"]
CMD ["serve"]
