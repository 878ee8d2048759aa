package dev.tally.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;

class FormatTest {

    @Test
    void every_file_is_formatted() throws IOException {
        var format = new Format();
        var files = Format.files();
        assertThat(files).isNotEmpty();
        var unformatted = new ArrayList<Path>();
        for (var file : files) {
            if (!format.holdsFor(file)) unformatted.add(file);
        }
        assertThat(unformatted)
                .as("not formatted; `mvn test-compile exec:exec@format` rewrites them")
                .isEmpty();
    }
}
