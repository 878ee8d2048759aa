# Tally on the official Open Liberty image. Build the WAR and the libraries first: mvn package
# What the container is told through its environment: the README's table.
# Another tag or mirror of it: docker build --build-arg LIBERTY=…
ARG LIBERTY=open-liberty:26.0.0.5-full-java21-openj9
FROM ${LIBERTY}

# From what changes least to what changes most; each line is a layer.
COPY --chown=1001:0 target/lib /config/lib
COPY --chown=1001:0 src/main/liberty/jvm.options /config/jvm.options
COPY --chown=1001:0 server.xml /config/server.xml
COPY --chown=1001:0 db-migrations /config/db-migrations

# Fills the shared class cache by starting the server once; without the application, so that a new WAR does not repeat it.
RUN configure.sh

COPY --chown=1001:0 src/main/liberty/application.xml /config/application.xml
COPY --chown=1001:0 target/tally.war /config/apps/tally.war
