# A small image with the release program.  Its data (database, secret, outbox) is in /data;
# the admin listener stays on the container's loopback.
#
#   docker build -t timecapsule .
#   docker run -p 8080:8080 -v timecapsule:/data timecapsule

FROM debian:12-slim AS build
WORKDIR /src
COPY deploy/packages deploy/packages
RUN deploy/packages run
COPY CMakeLists.txt CMakePresets.json ./
COPY core core
COPY scripts scripts
COPY templates templates
COPY static static
COPY sql sql
COPY starter starter
RUN cmake --preset release -DCMAKE_INSTALL_PREFIX=/usr/local \
 && cmake --build --preset release \
 && DESTDIR=/out cmake --install build/release --strip

FROM debian:12-slim
COPY deploy/packages /tmp/packages
RUN apt-get update \
 && apt-get install -y --no-install-recommends $(/tmp/packages list runtime) \
 && rm -rf /var/lib/apt/lists/* /tmp/packages \
 && useradd --system --uid 10001 --user-group --no-create-home --home-dir /data timecapsule \
 && install -d -o timecapsule -g timecapsule -m 0700 /data
COPY --from=build /out/usr/local /usr/local

USER timecapsule
ENV TIMECAPSULE_DATA=/data \
    TIMECAPSULE_LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
# Asks the running server over its control socket; needs no client for HTTP in the image.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["timecapsule", "status"]
ENTRYPOINT ["timecapsule"]
CMD ["serve"]
