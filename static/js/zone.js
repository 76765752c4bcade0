/**
 * Presets the time zone of the put form with the browser's own.  The server marks the select
 * with data-preset while the visitor has not chosen; a choice that the browser restores when
 * somebody comes back to the page is left alone.
 */

const select = document.querySelector("select[data-preset]");

if (select instanceof HTMLSelectElement) {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const untouched = select.selectedOptions[0]?.defaultSelected ?? true;
  const known = [...select.options].some((option) => option.value === zone);
  if (zone && untouched && known) select.value = zone;
}
