package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	url            = `must be https:// and a host name with nothing after it, for example https://skill.example.com`
	checkHostPort  = `must be HOST:PORT or :PORT, for example ":443"`
	checkLoopback  = `must be a loopback address, for example 127.0.0.1:9090, unless admin.password_file is set`
	onePort        = `must not be on the same port: listen and admin.listen are two listeners`
	dns            = `must be a DNS name, for example skill.example.com; an international one in its xn-- form`
	filesOnly      = `is for tls.mode files only: remove it, or choose that mode`
	namedOnly      = `is for tls.mode acme and self-signed only: remove it, or choose that mode`
	acmeOnly       = `is for tls.mode acme only: remove it, or choose that mode`
	noDomains      = `1: tls.domains: is missing: tls.mode acme needs the names of the certificate, for example [skill.example.com]`
	public         = `must be a name in the public DNS, for example skill.example.com: a CA refuses other names`
	mail           = `must be an address such as you@example.com`
	checkDirectory = `must be the https:// address of a CA's ACME directory; remove it to use Let's Encrypt`
	proxyOff       = `is for tls.mode off only: without a proxy, any client could forge the header`
	header         = `must be a header's name, for example X-Forwarded-For`
	network        = `must be an address or a network, for example 127.0.0.1 or 10.0.0.0/8`
	storeName      = `must be 2 to 50 characters, as Amazon's skill store requires`
	launches       = `must be one of offer, read, play, list`
	resumes        = `must be one of ask, at_once`
	tooLong        = `must be at most 200 characters, because Alexa says it often`
	markup         = `must be plain text: remove < and >`
	noWords        = `must have words that Alexa can say; remove the key to use the skill's own words`
	isQuestion     = `must not end in a question, because Alexa does not listen after it`
	page           = `must be an https:// address, for example https://halfelf.org/privacy/`
	name           = `must be 1 to 40 characters of a-z, 0-9 and inner hyphens, for example halfelf`
	begins         = `must begin with "/", for example "/alexa"`
	letters        = `must have only letters, digits and - . _ ~ /, for example "/alexa"`
	clean          = `must not end in "/" or contain "//", "." or "..", for example "/alexa"`
	truth          = "must be true or false"
	websub         = `must not be under "/websub", which is for feed hubs, for example "/alexa"`
	briefing       = `must not be under "/briefing", which is for flash briefings, for example "/alexa"`
	id             = `must be amzn1.ask.skill. and a UUID in lower case, as the developer console shows it`
	twoWords       = `must be two words or more, for example half elf: Amazon leaves single words to brands`
	preWord        = `must not be an article or preposition and one more word: add a third`
	oneSpace       = `must be words with one space between them, for example half elf`
	lowerCase      = `must be in lower case, for example half elf`
	spelt          = `must have its numbers spelt out, for example forty two tales`
	signsOnly      = `may have letters, spaces, apostrophes and the periods of abbreviations only, for example half elf`
	periods        = `must have periods only after single letters, for example b. b. c. tales`
	alexaWords     = `must not have Alexa's own words in it, such as alexa, echo, ask, open, play: choose another word`
	feed           = `must be an http:// or https:// address, for example https://halfelf.org/feed/`
	otherZone      = `must be a zone of the IANA list; did you mean `
	zone           = `must be a zone of the IANA list, which names large cities: for example Europe/Berlin, or UTC`
)

// verdicts maps a value to its problem, or to "" if it is valid.
type verdicts map[string]string

func TestTopLevelRules(t *testing.T) {
	for key, rows := range map[string]verdicts{
		"listen": {
			":443": "", "0.0.0.0:8443": "", "[::1]:443": "", "skill.example.com:443": "", ":0": "", ":65535": "",
			"": checkHostPort, "443": checkHostPort, ":": checkHostPort, ":65536": checkHostPort, ":https": checkHostPort, ":+443": checkHostPort, "::1:443": checkHostPort,
			"a b:443": checkHostPort, "http://x:443": checkHostPort, "*:443": checkHostPort, "1.2.3:443": checkHostPort,
			":9090": onePort, "127.0.0.1:9090": onePort, "[::]:9090": onePort, "localhost:09090": onePort, "192.0.2.1:9090": "",
		},
		"public_url": {
			"": "", "https://skill.example.com": "", "https://skill.example.com:443": "", "HTTPS://Skill.example.com": "",
			"http://skill.example.com": url, "skill.example.com": url, "https://": url, "https:///": url,
			"https://skill.example.com/": url, "https://skill.example.com/alexa": url, "https://skill.example.com?": url,
			"https://skill.example.com?a=b": url, "https://skill.example.com#": url, "https://u:p@skill.example.com": url,
			"https://skill.example.com:": url, "https://192.0.2.1": url, "https://[::1]": url, "https://sk_ill.example": url,
			"https://skill.example.com:8443": `must not have a port: Alexa calls only port 443`, "https:skill.example.com": url,
		},
		"data_dir": {"data": "", "/var/lib/skill": "", "": `must name a directory, for example /var/lib/skill`},
	} {
		for value, want := range rows {
			t.Run(key+" "+value, func(t *testing.T) {
				requireVerdict(t, minimal+fmt.Sprintf("%s: %q\n", key, value), "8: "+key, want)
			})
		}
	}
}

func TestSkillRules(t *testing.T) {
	const uuid = "amzn1.ask.skill.01234567-89ab-cdef-0123-456789abcdef"
	for key, rows := range map[string]verdicts{
		"name": {
			"a": "", "half-elf-2": "", strings.Repeat("a", 40): "",
			"": name, strings.Repeat("a", 41): name, "-a": name, "a-": name, "A": name, "a_b": name, "a b": name, "ä": name, "../a": name,
		},
		"path": {
			"/": "", "/alexa": "", "/Alexa/half-elf_1.x~": "", "/briefings": "",
			"": begins, "alexa": begins, "/a?b": letters, "/a#b": letters, "/{a}": letters, "/a*": letters, "/a b": letters,
			"/%61": letters, "/ä": letters, "/a/": clean, "//a": clean, "/a/../b": clean, "/./a": clean,
			"/websub": websub, "/websub/halfelf": websub, "/websubs": "",
			"/briefing": briefing, "/briefing/x.json": briefing,
		},
		"application_id": {
			uuid: "", "": id, strings.ToUpper(uuid): id, uuid + "0": id, uuid[16:]: id, strings.ReplaceAll(uuid, "-", ""): id,
			strings.Replace(uuid, "0123", "012g", 1): id, strings.Replace(uuid, "89ab-cdef", "89abc-def", 1): id, uuid + "-": id,
		},
		"invocation_name": {
			"half elf": "", "sam's blog": "", "b. b. c. news": "", "über uns": "", "मज़ेदार चुटकुले": "", "the half elf": "", "players club": "",
			"": oneSpace, "half  elf": oneSpace, " half elf": oneSpace, "half elf ": oneSpace, "half\u00a0elf": signsOnly,
			"halfelf": twoWords, "the elf": preWord, "elf of": preWord, "a blog": preWord,
			"Half elf": lowerCase, "half eLf": lowerCase, "half 2": spelt, "half-elf blog": signsOnly, "half ' elf": signsOnly,
			"half elf!": signsOnly, "half . elf": signsOnly, "b.b. news": periods, "half elf.": periods, ".a news": periods, "half elf's.": periods,
			"alexa blog": alexaWords, "half elf echo": alexaWords, "amazon's elf": alexaWords, "computer elf": alexaWords,
			"ask half elf": alexaWords, "open half elf": alexaWords, "launch elf": alexaWords, "start elf": alexaWords,
			"tell half elf": alexaWords, "play elf": alexaWords,
		},
		"feed": {
			"https://halfelf.org": "", "http://halfelf.org:8080/feed/?a=b": "", "https://u:p@halfelf.org/": "",
			"": feed, "halfelf.org": feed, "/feed": feed, "ftp://halfelf.org": feed, "https://": feed, "https://:443/": feed,
			"https:halfelf.org": feed, "https://[": feed, "file:///etc/passwd": feed, "//halfelf.org/": feed,
		},
		"title": {"": "", "Half Elf": "", "ab": "", strings.Repeat("ä", 50): "", "a": storeName, strings.Repeat("a", 51): storeName},
		"privacy_policy_url": {
			"": "", "https://halfelf.org/privacy/": "", "http://halfelf.org": "", "halfelf.org": page, "ftp://a.b": page, "https://": page,
			"https://u:p@halfelf.org/": page, "https://[": page,
		},
		"launch": {"offer": "", "read": "", "play": "", "list": "", "": launches, "Offer": launches, "reads": launches, "true": launches},
		"resume": {"ask": "", "at_once": "", "": resumes, "at once": resumes, "at-once": resumes, "never": resumes},
		"greeting": {
			"": "", "Hey there": "", "Ready for another story?": "", "Salt & Pepper, 2nd edition.": "", strings.Repeat("ä", 200): "",
			strings.Repeat("a", 201): tooLong, "<b>Hi</b>": markup, "1 < 2": markup, "Hi >": markup, " ": noWords, "…": noWords, "🎙️": noWords,
		},
		"goodbye": {
			"": "", "Keep baking!": "", "See you — soon": "", strings.Repeat("a", 201): tooLong, "<speak>Bye</speak>": markup, "!": noWords,
			"Coming back?": isQuestion, "Coming back?  ": isQuestion, "Was it good? See you.": "",
		},
		"timezone": {
			"UTC": "", "America/Los_Angeles": "", "": zone, "Local": zone, "Mars/Olympus": zone, "../etc/passwd": zone,
			"+02:00":      otherZone + "Europe/Kyiv, Europe/Athens, Europe/Helsinki, Europe/Bucharest, Europe/Sofia?",
			"Los Angeles": otherZone + "America/Los_Angeles?", "Europe/Berlim": otherZone + "Europe/Berlin?",
		},
	} {
		for value, want := range rows {
			t.Run(key+" "+value, func(t *testing.T) {
				text := "tls: {mode: off}\nskills:\n" + skill(map[string]string{key: fmt.Sprintf("%q", value)})
				requireVerdict(t, text, "3: skills[0]."+key, want)
			})
		}
	}
}

func TestHistoryIsBoolean(t *testing.T) {
	for value, want := range map[string]string{
		"true": "", "false": "", "True": truth, "yes": truth, "on": truth, "1": truth, `"true"`: truth, "[true]": truth, "{}": truth,
	} {
		t.Run(value, func(t *testing.T) {
			text := "tls: {mode: off}\nskills:\n" + skill(map[string]string{"history": value})
			requireVerdict(t, text, "3: skills[0].history", want)
		})
	}
}

// skill returns a skill on the file's third line, with the given values.
func skill(values map[string]string) string {
	all := map[string]string{
		"name": "halfelf", "application_id": "amzn1.ask.skill.00000000-0000-0000-0000-000000000000",
		"invocation_name": "half elf", "feed": `"https://halfelf.org/feed/"`,
	}
	pairs := []string{}
	for _, key := range []string{"name", "path", "application_id", "invocation_name", "title", "privacy_policy_url", "feed", "timezone", "history", "locales",
		"launch", "resume", "greeting", "goodbye", "pronounce"} {
		value, ok := values[key]
		if !ok {
			value, ok = all[key]
		}
		if ok {
			pairs = append(pairs, key+": "+value)
		}
	}
	return "  - {" + strings.Join(pairs, ", ") + "}\n"
}

func requireVerdict(t *testing.T, text, path, want string) {
	t.Helper()
	var problems []string
	if want != "" {
		problems = []string{path + ": " + want}
	}
	require.Equal(t, problems, lines(t, text))
}

func TestLocaleRules(t *testing.T) {
	for value, want := range map[string][]string{
		"[de-DE, ja-JP]": nil,
		"[]":             {`3: skills[0].locales: must name at least one locale, for example [en-US]`},
		"[en-US, en-US]": {`3: skills[0].locales[1]: is the same as skills[0].locales[0]: remove one of the two`},
		"[en-UK]":        {`3: skills[0].locales[0]: must be a locale of Alexa; did you mean en-GB?`},
		"[en-US, sv-SE]": {`3: skills[0].locales[1]: must be one of ar-SA, de-DE, en-AU, en-CA, en-GB, en-IN, en-US, es-ES, es-MX, es-US, ` +
			`fr-CA, fr-FR, hi-IN, it-IT, ja-JP, nl-NL, pt-BR`},
		"[en-US, 3]": {`3: skills[0].locales[1]: must be text, not a number: put it in quotes`},
	} {
		t.Run(value, func(t *testing.T) {
			require.Equal(t, want, lines(t, "tls: {mode: off}\nskills:\n"+skill(map[string]string{"locales": value})))
		})
	}
}

func TestSkillsMustDiffer(t *testing.T) {
	const other = "amzn1.ask.skill.00000000-0000-0000-0000-000000000001"
	for name, row := range map[string]struct {
		first, second map[string]string
		want          []string
	}{
		"different skills": {nil, map[string]string{"name": "b", "application_id": other}, nil},
		"names":            {nil, map[string]string{"application_id": other}, []string{`4: skills[1].name: is the same as skills[0].name: each skill needs its own`}},
		"ids": {nil, map[string]string{"name": "b"}, []string{
			`4: skills[1].application_id: is the same as skills[0].application_id: Amazon calls only one endpoint for each skill`,
		}},
		"given paths": {map[string]string{"path": "/a"}, map[string]string{"name": "b", "path": "/a", "application_id": other}, []string{
			`4: skills[1].path: is the same as skills[0].path: each skill needs its own path; the default is /alexa/NAME`,
		}},
		"a given path and another's default": {map[string]string{"path": "/alexa/b"}, map[string]string{"name": "b", "application_id": other}, []string{
			`4: skills[1].path: is the same as skills[0].path: each skill needs its own path; the default is /alexa/NAME`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, row.want, lines(t, "tls: {mode: off}\nskills:\n"+skill(row.first)+skill(row.second)))
		})
	}
}

func TestRefusesKeysOfOtherTLSModes(t *testing.T) {
	for text, want := range map[string][]string{
		`{mode: files, cert_file: a, key_file: b}`:              nil,
		`{mode: files, cert_file: a, key_file: b, domains: []}`: nil,
		`{mode: self-signed, domains: [a.example, localhost]}`:  nil,
		`{mode: off, cert_file: "", key_file: ""}`:              nil,
		`{mode: ""}`:                       {`1: tls.mode: must be one of acme, files, self-signed, off`},
		`{}`:                               {noMode},
		`{mode: x, email: a, key_file: b}`: {`1: tls.mode: must be one of acme, files, self-signed, off`},
		`{mode: files}`: {
			`1: tls.cert_file: is missing: tls.mode files needs the certificate's PEM file`,
			`1: tls.key_file: is missing: tls.mode files needs the private key's PEM file`,
		},
		`{mode: files, cert_file: a, key_file: 1}`: {`1: tls.key_file: must be text, not a number: put it in quotes`},
		`{mode: files, cert_file: a, key_file: b, domains: [a.example]}`: {
			`1: tls.domains: is for tls.mode acme and self-signed only: remove it, or choose that mode`,
		},
		`{mode: self-signed, cert_file: a, key_file: b}`: {`1: tls.cert_file: ` + filesOnly, `1: tls.key_file: ` + filesOnly},
		`{mode: off, cert_file: a, key_file: b, domains: [a]}`: {
			`1: tls.domains: is for tls.mode acme and self-signed only: remove it, or choose that mode`,
			`1: tls.cert_file: ` + filesOnly, `1: tls.key_file: ` + filesOnly,
		},
		`{mode: self-signed, domains: [a.example, A.example]}`: {`1: tls.domains[1]: is the same as tls.domains[0]: remove one of the two`},
		`{mode: self-signed, domains: ["*.a", a., -a.b, a_b, "", "1.2.3.4", "` + strings.Repeat("a", 64) + `", "` + strings.Repeat("a.", 127) + `"]}`: {
			`1: tls.domains[0]: ` + dns, `1: tls.domains[1]: ` + dns, `1: tls.domains[2]: ` + dns, `1: tls.domains[3]: ` + dns,
			`1: tls.domains[4]: ` + dns, `1: tls.domains[5]: ` + dns, `1: tls.domains[6]: ` + dns, `1: tls.domains[7]: ` + dns,
		},
	} {
		t.Run(text, func(t *testing.T) {
			require.Equal(t, want, lines(t, "tls: "+text+"\nskills:\n"+skill(nil)))
		})
	}
}

func TestACMERules(t *testing.T) {
	for text, want := range map[string][]string{
		`tls: {mode: acme, domains: [skill.example.com]}`:                                      nil,
		`tls: {mode: acme, domains: [a.example, B.example], email: a+b@c.example}`:             nil,
		`tls: {mode: acme, domains: [a.example], directory: "https://ca.example:14000/dir"}`:   nil,
		`tls: {mode: acme, domains: [a.example], eab_key_id: k, eab_key_file: /etc/skill/eab}`: nil,
		`tls: {mode: acme, domains: [a.example], http_listen: ":80"}`:                          nil,
		"public_url: https://A.example\ntls: {mode: acme, domains: [b.example, a.example]}":    nil,
		`tls: {mode: acme}`:              {noDomains},
		`tls: {mode: acme, domains: []}`: {noDomains},
		`tls: {mode: acme, domains: [localhost, a.localhost, intranet, "*.a.example", a.example]}`: {
			`1: tls.domains[3]: ` + dns, `1: tls.domains[0]: ` + public, `1: tls.domains[1]: ` + public, `1: tls.domains[2]: ` + public,
		},
		"public_url: https://b.example\ntls: {mode: acme, domains: [a.example]}": {
			`1: public_url: must be a host of tls.domains, or the certificate is not valid for it`,
		},
		`tls: {mode: acme, domains: [a.example], email: you}`:                              {`1: tls.email: ` + mail},
		`tls: {mode: acme, domains: [a.example], email: "@b.example"}`:                     {`1: tls.email: ` + mail},
		`tls: {mode: acme, domains: [a.example], email: "a@b.example, c@d.example"}`:       {`1: tls.email: ` + mail},
		`tls: {mode: acme, domains: [a.example], email: "a b@b.example"}`:                  {`1: tls.email: ` + mail},
		`tls: {mode: acme, domains: [a.example], directory: "http://ca.example/dir"}`:      {`1: tls.directory: ` + checkDirectory},
		`tls: {mode: acme, domains: [a.example], directory: "https://u:p@ca.example/dir"}`: {`1: tls.directory: ` + checkDirectory},
		`tls: {mode: acme, domains: [a.example], directory: "https://"}`:                   {`1: tls.directory: ` + checkDirectory},
		`tls: {mode: acme, domains: [a.example], eab_key_id: k}`:                           {`1: tls.eab_key_file: is missing: tls.eab_key_id needs the file of its key`},
		`tls: {mode: acme, domains: [a.example], eab_key_file: f}`:                         {`1: tls.eab_key_id: is missing: tls.eab_key_file needs the id of its key`},
		`tls: {mode: acme, domains: [a.example], http_listen: "80"}`:                       {`1: tls.http_listen: ` + checkHostPort},
		`tls: {mode: acme, domains: [a.example], http_listen: ":443"}`:                     {`1: tls.http_listen: must not be on the same port: listen and tls.http_listen are two listeners`},
		`tls: {mode: acme, domains: [a.example], http_listen: ":9090"}`:                    {`1: tls.http_listen: must not be on the same port: admin.listen and tls.http_listen are two listeners`},
		`tls: {mode: acme, domains: [a.example], cert_file: a, key_file: b}`:               {`1: tls.cert_file: ` + filesOnly, `1: tls.key_file: ` + filesOnly},
		`tls: {mode: off, domains: [a], email: a, directory: a, eab_key_id: a, http_listen: "a"}`: {
			`1: tls.domains: ` + namedOnly, `1: tls.email: ` + acmeOnly, `1: tls.directory: ` + acmeOnly, `1: tls.eab_key_id: ` + acmeOnly,
			`1: tls.http_listen: ` + acmeOnly,
		},
		`tls: {mode: self-signed, eab_key_file: a}`: {`1: tls.eab_key_file: ` + acmeOnly},
	} {
		t.Run(text, func(t *testing.T) {
			require.Equal(t, want, lines(t, text+"\nskills:\n"+skill(nil)))
		})
	}
}

func TestProxyRules(t *testing.T) {
	const off = "tls: {mode: off}\n"
	for text, want := range map[string][]string{
		off + `proxy: {header: X-Real-IP}`:                                         nil,
		off + `proxy: {header: X-Forwarded-For, trusted: [127.0.0.1, "fd00::/8"]}`: nil,
		off + `proxy: {header: "X Real IP"}`:                                       {`2: proxy.header: ` + header},
		off + `proxy: {header: "X-Real-IP:"}`:                                      {`2: proxy.header: ` + header},
		off + `proxy: {trusted: [10.0.0.0/8]}`:                                     {`2: proxy.trusted: requires proxy.header, the header that these proxies set`},
		off + `proxy: {header: X-Real-IP, trusted: [proxy.example, 10.0.0.0/33, "fe80::1%eth0", "", 10.0.0.1/8, 10.0.0.1/8]}`: {
			`2: proxy.trusted[0]: ` + network, `2: proxy.trusted[1]: ` + network, `2: proxy.trusted[2]: ` + network, `2: proxy.trusted[3]: ` + network,
			`2: proxy.trusted[5]: is the same as proxy.trusted[4]: remove one of the two`,
		},
		off + `proxy: {header: X-Real-IP, trusted: ["0.0.0.0/0"]}`: {
			`2: proxy.trusted[0]: must not contain all addresses: any client could forge the header`,
		},
		"tls: {mode: self-signed}\nproxy: {header: X-Real-IP, trusted: [10.0.0.1]}": {`2: proxy.header: ` + proxyOff, `2: proxy.trusted: ` + proxyOff},
		"tls: {mode: x}\nproxy: {header: X-Real-IP, trusted: [10.0.0.1]}":           {`1: tls.mode: must be one of acme, files, self-signed, off`},
	} {
		t.Run(text, func(t *testing.T) {
			require.Equal(t, want, lines(t, text+"\nskills:\n"+skill(nil)))
		})
	}
}

func TestAdminAndLogRules(t *testing.T) {
	for text, want := range map[string][]string{
		`admin: {listen: ""}`:                                     nil,
		`admin: {listen: "localhost:9090"}`:                       nil,
		`admin: {listen: "[::1]:9090"}`:                           nil,
		`admin: {listen: "127.8.9.1:9090"}`:                       nil,
		`admin: {listen: ":9090", password_file: /etc/skill/pw}`:  nil,
		`admin: {listen: "9090"}`:                                 {`8: admin.listen: ` + checkHostPort},
		`admin: {listen: ":9090"}`:                                {`8: admin.listen: ` + checkLoopback},
		`admin: {listen: "192.0.2.1:9090", password_file: ""}`:    {`8: admin.listen: ` + checkLoopback},
		`admin: {listen: "admin.example:9090"}`:                   {`8: admin.listen: ` + checkLoopback},
		`admin: {listen: ":9090", password_file: "${PASSWORDS}"}`: {`8: admin.password_file: the environment variable PASSWORDS is not set: set it, or write the value here`},
		`admin: {listen: "127.0.0.1:443"}`:                        {`8: admin.listen: ` + onePort},
		"admin: {listen: \"\"}\nlisten: \":9090\"":                nil,
		`log: {level: debug, format: console}`:                    nil,
		`log: {level: Info, format: ""}`: {
			`8: log.level: must be one of debug, info, warn, error`, `8: log.format: must be one of json, console`,
		},
	} {
		t.Run(text, func(t *testing.T) { require.Equal(t, want, lines(t, minimal+text+"\n")) })
	}
}
