--- Sentences of this site.  A key of scripts/locales/en.lua replaces the sentence there; any other
--- is added, and must then stand in each language that has a file here; the others say it in English.
return {
  ["hello.title"] = "Hello",
  ["hello.greeting"] = "This page is your own. It stands in {file}.",
  ["hello.say"] = "Say hello",
  ["hello.count"] = "Hellos until now: {count}",
  ["hello.back"] = "To the front page",
  ["hello.footer"] = "Kept with care.",
}
