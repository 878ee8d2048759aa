# This image runs Tally on HotSpot, with the parts of Open Liberty that server.xml needs (src/docs/operations.md). Build first:
# mvn package. To use another Java ≥ 21, or a registry of your own: docker build --build-arg JAVA=…
ARG JAVA=eclipse-temurin:25-jre

FROM ${JAVA} AS liberty
COPY .tally/liberty-26.0.0.5/wlp /all/wlp
COPY target/lib /all/wlp/usr/servers/tally/lib
COPY server.xml /all/wlp/usr/servers/tally/
# Starts the server once to see which parts it loads, and packs those.
RUN /all/wlp/bin/server package tally --include=minify --archive=/tally.jar \
 && java -jar /tally.jar / \
 && rm -r /wlp/usr/servers/tally

FROM ${JAVA}
ENV WLP_OUTPUT_DIR=/output LOG_DIR=/output/logs PATH=/opt/wlp/bin:$PATH
# Everything that the server writes is here. So the rest may be read-only.
RUN install -d -o 1001 -g 0 -m 770 /output
VOLUME /output

# Each line is a layer. Those that change least come first, so that Docker can reuse them.
COPY --from=liberty --chown=1001:0 /wlp /opt/wlp
WORKDIR /opt/wlp/usr/servers/tally
COPY --chown=1001:0 target/lib lib
COPY --chown=1001:0 src/deploy/start.sh /opt/start.sh
COPY --chown=1001:0 src/deploy/image.options configDropins/defaults/jvm.options
COPY --chown=1001:0 src/main/liberty/jvm.options server.xml ./
COPY --chown=1001:0 db-migrations db-migrations
COPY --chown=1001:0 src/main/liberty/application.xml ./
COPY --chown=1001:0 target/tally.war apps/tally.war

USER 1001
EXPOSE 9080 9443
ENTRYPOINT ["/bin/sh", "/opt/start.sh"]
