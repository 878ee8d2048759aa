package dev.tally.platform;
public final class Json { public static <T> T read(String t, Class<T> c) { return null; } }
