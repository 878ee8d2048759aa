package dev.tally.licensing.events;

/** What has happened to the licenses, downloads and devices of one customer. */
public sealed interface LicensingEvent permits LicenseEvent, DownloadEvent, DeviceEvent {}
