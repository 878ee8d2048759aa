package dev.tally.http;

import static dev.tally.http.ProblemType.MALFORMED_JSON;
import static dev.tally.http.ProblemType.UNKNOWN_FIELD;

import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.ext.MessageBodyReader;
import jakarta.ws.rs.ext.MessageBodyWriter;
import jakarta.ws.rs.ext.Provider;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;
import tools.jackson.databind.type.LogicalType;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads and writes JSON. Reading guesses nothing: an unknown or repeated field, a number where text
 * belongs or anything after the value is refused, with its place. So a caller's mistake shows at
 * once and not in a record kept for years.
 */
@Provider
@Consumes(MediaType.APPLICATION_JSON)
@Produces({MediaType.APPLICATION_JSON, "application/problem+json"})
public class Json implements MessageBodyReader<Object>, MessageBodyWriter<Object> {

    /**
     * First year in which a time may lie. Every program reads the years from here to {@link
     * #LAST_YEAR}.
     */
    private static final int FIRST_YEAR = 1970;

    private static final int LAST_YEAR = 9999;

    /** Bytes of a body that are read at first. */
    private static final int PIECE = 1_024;

    /** Digits after the point of the seconds: times of events have microseconds. */
    private static final int DIGITS = 6;

    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(DIGITS).toFormatter();

    public static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(
                            DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                            DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                            DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                    .withCoercionConfig(
                            LogicalType.Textual,
                            text ->
                                    text.setCoercion(
                                                    CoercionInputShape.Integer, CoercionAction.Fail)
                                            .setCoercion(
                                                    CoercionInputShape.Float, CoercionAction.Fail)
                                            .setCoercion(
                                                    CoercionInputShape.Boolean,
                                                    CoercionAction.Fail))
                    .addModule(
                            new SimpleModule()
                                    .addDeserializer(Instant.class, new InstantFromText())
                                    .addSerializer(Instant.class, new InstantToText()))
                    .build();

    /** A time as every answer writes it: in UTC, always with the same number of digits. */
    public static String text(Instant time) {
        return TIME.format(time);
    }

    /**
     * Reads one value.
     *
     * @throws ProblemException if the bytes are not JSON or do not fit the type
     */
    public static <T> T read(byte[] json, Class<T> type) {
        return type.cast(read(json, MAPPER.constructType(type)));
    }

    private static Object read(byte[] json, JavaType type) {
        if (json.length == 0) throw new ProblemException(MALFORMED_JSON, "The body is empty.");
        try {
            var value = MAPPER.readValue(decoded(json), type);
            if (value == null) throw new ProblemException(MALFORMED_JSON, "The body is null.");
            return value;
        } catch (JacksonException e) {
            throw refused(e);
        }
    }

    /** Decodes strictly: a byte that is not UTF-8 must not become another character of an id. */
    private static String decoded(byte[] json) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
        } catch (CharacterCodingException e) {
            throw new ProblemException(MALFORMED_JSON, "The body is not UTF-8.");
        }
    }

    private static ProblemException refused(JacksonException e) {
        var field = field(e);
        return switch (e) {
            case UnrecognizedPropertyException unknown ->
                    new ProblemException(
                            UNKNOWN_FIELD,
                            "The field " + field + " is not known.",
                            place(e, field));
            case StreamReadException syntax ->
                    new ProblemException(
                            MALFORMED_JSON,
                            "The body cannot be read at line %d, column %d."
                                    .formatted(
                                            e.getLocation().getLineNr(),
                                            e.getLocation().getColumnNr()),
                            place(e, field));
            case DatabindException value ->
                    InvalidRequests.invalid(
                            List.of(
                                    new InvalidRequests.FieldError(
                                            field.isEmpty() ? "body" : field, expected(value))));
            // The body is nested too deep, or has a number or a name that is too long.
            default -> new ProblemException(MALFORMED_JSON, "The body exceeds JSON's limits.");
        };
    }

    private static Map<String, Object> place(JacksonException e, String field) {
        var place = new LinkedHashMap<String, Object>();
        place.put("line", e.getLocation().getLineNr());
        place.put("column", e.getLocation().getColumnNr());
        if (!field.isEmpty()) place.put("field", field);
        return place;
    }

    private static String field(JacksonException e) {
        return e.getPath().stream()
                .map(
                        step ->
                                step.getPropertyName() == null
                                        ? "[" + step.getIndex() + "]"
                                        : step.getPropertyName())
                .collect(Collectors.joining("."))
                .replace(".[", "[");
    }

    /** Says what a field must be in words of JSON: Jackson's own messages name Java types. */
    private static String expected(DatabindException e) {
        var type = e instanceof MismatchedInputException mismatch ? mismatch.getTargetType() : null;
        if (type == null) return "is not valid";
        if (type == Instant.class)
            return "must be an instant such as 2026-01-31T12:00:00Z, of the years 1970 to 9999";
        if (type == Duration.class) return "must be a duration such as P30D or PT48H";
        if (type == String.class) return "must be a string";
        if (type == Boolean.class || type == boolean.class) return "must be true or false";
        if (type.isEnum()) return "must be one of " + Arrays.toString(type.getEnumConstants());
        if (Number.class.isAssignableFrom(type) || type.isPrimitive())
            return "must be a number in range";
        return "has the wrong type";
    }

    @Override
    public boolean isReadable(
            Class<?> type, Type generic, Annotation[] annotations, MediaType mediaType) {
        return !isRaw(type);
    }

    @Override
    public Object readFrom(
            Class<Object> type,
            Type generic,
            Annotation[] annotations,
            MediaType mediaType,
            MultivaluedMap<String, String> headers,
            InputStream body)
            throws IOException {
        var json = whole(body);
        return isOptional(annotations) && isNothing(json)
                ? null
                : read(json, MAPPER.constructType(generic));
    }

    /**
     * Reads a body to its end. Nearly all fit into the first piece; the JDK's own way takes 16 KiB
     * for each.
     */
    private static byte[] whole(InputStream body) throws IOException {
        var first = new byte[PIECE];
        var length = body.readNBytes(first, 0, PIECE);
        if (length < PIECE) return Arrays.copyOf(first, length);
        var rest = body.readAllBytes();
        var all = Arrays.copyOf(first, PIECE + rest.length);
        System.arraycopy(rest, 0, all, PIECE, rest.length);
        return all;
    }

    /** True for no body, and for {@code null}, which some clients send instead. */
    private static boolean isNothing(byte[] json) {
        return json.length == 0 || new String(json, StandardCharsets.UTF_8).strip().equals("null");
    }

    private static boolean isOptional(Annotation[] annotations) {
        return Arrays.stream(annotations).noneMatch(NotNull.class::isInstance);
    }

    @Override
    public boolean isWriteable(
            Class<?> type, Type generic, Annotation[] annotations, MediaType mediaType) {
        return !isRaw(type);
    }

    @Override
    public void writeTo(
            Object value,
            Class<?> type,
            Type generic,
            Annotation[] annotations,
            MediaType mediaType,
            MultivaluedMap<String, Object> headers,
            OutputStream body)
            throws IOException {
        body.write(MAPPER.writeValueAsBytes(value));
    }

    /** True for bytes and text, which belong to the container's own readers and writers. */
    private static boolean isRaw(Class<?> type) {
        return CharSequence.class.isAssignableFrom(type)
                || InputStream.class.isAssignableFrom(type)
                || StreamingOutput.class.isAssignableFrom(type)
                || type == byte[].class;
    }

    /** Writes times so that they sort as text does, whatever their fraction of a second is. */
    private static final class InstantToText extends StdSerializer<Instant> {

        InstantToText() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant time, JsonGenerator generator, SerializationContext context) {
            generator.writeString(text(time));
        }
    }

    /**
     * Reads instants from text only: Jackson's own reader also takes numbers, some as seconds and
     * some as milliseconds.
     */
    private static final class InstantFromText extends StdDeserializer<Instant> {

        InstantFromText() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser parser, DeserializationContext context) {
            if (parser.hasToken(JsonToken.VALUE_STRING)) {
                try {
                    var instant =
                            OffsetDateTime.parse(parser.getString())
                                    .withOffsetSameInstant(ZoneOffset.UTC);
                    if (instant.getYear() >= FIRST_YEAR && instant.getYear() <= LAST_YEAR) {
                        return instant.toInstant();
                    }
                } catch (DateTimeException e) {
                    return notAnInstant(parser, context);
                }
                return notAnInstant(parser, context);
            }
            return (Instant) context.handleUnexpectedToken(getValueType(context), parser);
        }

        private static Instant notAnInstant(JsonParser parser, DeserializationContext context) {
            return (Instant)
                    context.handleWeirdStringValue(
                            Instant.class, parser.getString(), "not an instant");
        }
    }
}
