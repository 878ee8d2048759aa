// Saves what is shown, oldest first: as JSON, or as NDJSON with a command in each line.

export function text(rows, format) {
  const commands = rows.map(({command, events}) => ({...command, events}));
  return format === 'json' ? JSON.stringify(commands, null, 2) + '\n' : commands.map(command => JSON.stringify(command) + '\n').join('');
}

export function save(customer, rows, format) {
  const type = format === 'json' ? 'application/json' : 'application/x-ndjson';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text(rows, format)], {type}));
  link.download = customer.replace(/[^\w.-]+/g, '_') + '.' + format;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
