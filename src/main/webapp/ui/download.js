// Saves what is shown as a file.

/** Commands, oldest first: as JSON, or as NDJSON with a command in each line. */
export function text(rows, format) {
  const commands = rows.map(({command, events}) => ({...command, events}));
  return format === 'json' ? JSON.stringify(commands, null, 2) + '\n' : commands.map(command => JSON.stringify(command) + '\n').join('');
}

const TYPES = {json: 'application/json', ndjson: 'application/x-ndjson', csv: 'text/csv'};

/** Saves a text as a file, whose name is made of a name and the format. */
export function save(name, content, format) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], {type: TYPES[format]}));
  link.download = name.replace(/[^\w.-]+/g, '_') + '.' + format;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
