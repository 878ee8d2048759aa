package dev.tally.system;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The commands of the README and what they show: each block of {@code sh} between the headings
 * named here, and the block of {@code json} or {@code text} that may follow it.
 *
 * @param outputs the lines that each command shows; null if the README does not say
 */
record ReadmeSession(String text, List<String> commands, List<List<String>> outputs) {

    private static final Pattern SECTION =
            Pattern.compile("(?s)\n## A session\n.*?(?=\n## Your own identity provider\n)");

    private static final Pattern BLOCK =
            Pattern.compile("(?s)```sh\n(.*?)```\n(?:\n```(json|text)\n(.*?)```\n)?");

    /** The longest line of an answer in the README. */
    private static final int WIDTH = 118;

    static ReadmeSession of(String text) {
        var commands = new ArrayList<String>();
        var outputs = new ArrayList<List<String>>();
        blocks(text)
                .forEach(
                        block -> {
                            commands.add(block.group(1));
                            outputs.add(block.group(3) == null ? null : lines(block.group(3)));
                        });
        return new ReadmeSession(text, commands, outputs);
    }

    private static Stream<MatchResult> blocks(String text) {
        var section = SECTION.matcher(text);
        if (!section.find()) throw new AssertionError("The README has no session");
        return BLOCK.matcher(section.group()).results();
    }

    /** JSON continues in lines that begin with a blank. */
    private static List<String> lines(String block) {
        return block.replaceAll("\n (?=[\"{\\[])", "")
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
    }

    /** The same without the commands that need a program. */
    ReadmeSession without(String program) {
        var kept = new ArrayList<String>();
        var keptOutputs = new ArrayList<List<String>>();
        for (int n = 0; n < commands.size(); n++) {
            if (commands.get(n).contains(program + " ")) continue;
            kept.add(commands.get(n));
            keptOutputs.add(outputs.get(n));
        }
        return new ReadmeSession(text, kept, keptOutputs);
    }

    /** The README with what the commands have shown now. */
    String showing(List<List<String>> shown) {
        var section = SECTION.matcher(text);
        if (!section.find()) throw new AssertionError("The README has no session");
        var all = shown.iterator();
        var updated =
                BLOCK.matcher(section.group())
                        .replaceAll(
                                block -> {
                                    var lines = all.next();
                                    var kind = block.group(2);
                                    var same = "```sh\n" + block.group(1) + "```\n";
                                    if (kind == null) return quoted(same);
                                    return quoted(
                                            "%s\n```%s\n%s```\n"
                                                    .formatted(same, kind, folded(lines)));
                                });
        return text.substring(0, section.start()) + updated + text.substring(section.end());
    }

    private static String quoted(String replacement) {
        return Matcher.quoteReplacement(replacement);
    }

    private static String folded(List<String> lines) {
        var folded = new StringBuilder();
        for (var line : lines) {
            var shortened = line.replaceAll("(eyJ[\\w-]{12})[\\w.-]+", "$1…");
            folded.append(line.startsWith("{") ? broken(shortened) : shortened.stripTrailing());
            folded.append('\n');
        }
        return folded.toString();
    }

    /** Breaks JSON after commas between its parts. */
    private static String broken(String json) {
        var broken = new StringBuilder();
        int length = 0;
        for (var part : json.split("(?<=,)(?=[\"{\\[])", -1)) {
            if (length > 0 && length + part.length() > WIDTH) {
                broken.append("\n ");
                length = 1;
            }
            broken.append(part);
            length += part.length();
        }
        return broken.toString();
    }

    /** The lines with the parts replaced that differ at each run. */
    static List<String> comparable(List<String> lines) {
        return lines.stream().map(ReadmeSession::comparable).filter(Objects::nonNull).toList();
    }

    private static String comparable(String line) {
        return line.replaceAll("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "TIME")
                .replaceAll("eyJ[\\w.…-]+", "TOKEN")
                .replaceAll("\\b01[0-9a-hjkmnp-tv-z]{24}\\b", "ID")
                .replaceAll("\\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\b", "ID")
                .replaceAll("\\b[0-9a-f]{32}\\b", "ID")
                .replaceAll("\\b(anna|harbor)-\\d+", "$1-N")
                .replaceAll("\"(version|policyVersion)\":\\d+", "\"$1\":N")
                .replaceAll("-{2,}", "-")
                .replaceAll(" +", " ")
                .strip();
    }
}
