# This image runs Tally on the official Open Liberty image. Build the WAR and the libraries first: mvn package
# The README lists the environment variables that configure the container.
# To use another tag or a mirror of the base image: docker build --build-arg LIBERTY=…
ARG LIBERTY=open-liberty:26.0.0.5-full-java21-openj9
FROM ${LIBERTY}

# Each line is a layer. Those that change least come first, so that Docker can reuse them.
COPY --chown=1001:0 target/lib /config/lib
COPY --chown=1001:0 src/main/liberty/jvm.options /config/jvm.options
COPY --chown=1001:0 server.xml /config/server.xml
COPY --chown=1001:0 db-migrations /config/db-migrations

# Starts the server once to fill the shared class cache. The application is added later, so that this layer is reused for a
# new WAR.
RUN configure.sh

COPY --chown=1001:0 src/main/liberty/application.xml /config/application.xml
COPY --chown=1001:0 target/tally.war /config/apps/tally.war
