package config_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// lines returns the lines of a report without the file's name.
func lines(t *testing.T, text string) []string {
	t.Helper()
	got, err := config.Parse("f", []byte(text), emptyEnv)
	if err == nil {
		return nil
	}
	require.Nil(t, got)
	require.IsType(t, config.Problems{}, err)
	return strings.Split(strings.ReplaceAll("\n"+err.Error(), "\nf:", "\n")[1:], "\n")
}

func TestReportsAllProblemsAtOnce(t *testing.T) {
	const text = `# everything at once
listen: 443
listen: ":444"
skils: []
data_dir: ${DATA}/x/${DATA}${MORE}
tls:
  mode: certbot
  emial: you@example.com
log: [info]
admin: {listen: "0.0.0.0:9090"}
skills:
  - name: half elf
    path: alexa
    application_id: &id amzn1.ask.skill.0
    invocation_name: half elf
    feed: 3
    locales: 1
  - name: other
    invocation_name: Other Blog
    application_id: *id
    timezone:
    history: yes
    locales: [en-US, en, en-US]
  - nothing
`
	require.Equal(t, []string{
		`2: listen: must be text, not a number: put it in quotes`,
		`3: listen: is a duplicate of line 2: remove one of them`,
		`4: skils: is an unknown key; did you mean "skills"?`,
		`5: data_dir: the environment variable DATA is not set: set it, or write the value here`,
		`5: data_dir: the environment variable MORE is not set: set it, or write the value here`,
		`7: tls.mode: must be one of acme, files, self-signed, off`,
		`8: tls.emial: is an unknown key; did you mean "email"?`,
		`9: log: must be keys and their values, not a list`,
		`10: admin.listen: must be a loopback address, for example 127.0.0.1:9090, unless admin.password_file is set`,
		`12: skills[0].name: must be 1 to 40 characters of a-z, 0-9 and inner hyphens, for example halfelf`,
		`13: skills[0].path: must begin with "/", for example "/alexa"`,
		`14: skills[0].application_id: has an anchor (&), which is not supported: remove it`,
		`14: skills[0].application_id: must be amzn1.ask.skill. and a UUID in lower case, as the developer console shows it`,
		`16: skills[0].feed: must be text, not a number: put it in quotes`,
		`17: skills[0].locales: must be a list such as [A, B], not a number`,
		`18: skills[1].feed: is missing: give the address of the blog's feed, for example https://halfelf.org/feed/`,
		`19: skills[1].invocation_name: must be in lower case, for example half elf`,
		`20: skills[1].application_id: is an alias (*), which is not supported: repeat the value`,
		`21: skills[1].timezone: has no value: write one, or remove it`,
		`22: skills[1].history: must be true or false`,
		`23: skills[1].locales[1]: must be a locale of Alexa; did you mean en-AU, en-CA, en-GB, en-IN or en-US?`,
		`23: skills[1].locales[2]: is the same as skills[1].locales[0]: remove one of the two`,
		`24: skills[2]: must be keys and their values, not text`,
	}, lines(t, text))
}

const (
	noMode   = `1: tls.mode: is missing: choose acme, files, self-signed or off`
	noSkills = `1: skills: is missing: list at least one skill with name, application_id, invocation_name and feed`
	signs    = `; look at the indentation, brackets and quotes here and in the line above`
)

func TestReportsProblemsOfFile(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		want []string
	}{
		"an empty file":                  {"", []string{`1: is empty: start from configs/skill.yaml`}},
		"only comments":                  {"# x\n# y\n", []string{`1: is empty: start from configs/skill.yaml`}},
		"only a document marker":         {"---\n", []string{`1: is empty: start from configs/skill.yaml`}},
		"an empty mapping":               {"{}", []string{noMode, noSkills}},
		"a list":                         {"\n- a", []string{`2: must have lines of the form "key: value": start from configs/skill.yaml`}},
		"a text":                         {"listen:x", []string{`1: must have lines of the form "key: value": start from configs/skill.yaml`}},
		"an alias":                       {"*a", []string{`1: is an alias (*), which is not supported: repeat the value`}},
		"two documents":                  {minimal + "---\nlisten: x\n", []string{`8: begins a second YAML document: the configuration is only one`}},
		"a document after an end marker": {minimal + "...\nlisten: x\n", []string{`9: begins a second YAML document: the configuration is only one`}},
		"a directive":                    {"%YAML 1.2\n---\n" + minimal, []string{`1: has a YAML directive (%), which is not supported: remove it, or put a value that begins with % in quotes`}},
		"tabs":                           {"admin:\n\tlisten: x\nlog:\n \tlevel: x\n", []string{`2: is indented with a tab, which YAML does not allow: use spaces`, `4: is indented with a tab, which YAML does not allow: use spaces`}},
		"a zero byte":                    {"listen: a\nx: \x00", []string{`2: has a control character here: remove it`}},
		"a stray carriage return":        {"listen: a\nx: \rb", []string{`2: has a control character here: remove it`}},
		"a byte order mark inside":       {"listen: \ufeffa", []string{`1: has a control character here: remove it`}},
		"Latin 1":                        {"listen: a\nx: \xe4", []string{`2: is not UTF-8 here: save the file as UTF-8`}},
		"UTF-16":                         {"\xff\xfea\x00", []string{`1: is in UTF-16: save it as UTF-8`}},
		"UTF-16 big endian":              {"\xfe\xff\x00a", []string{`1: is in UTF-16: save it as UTF-8`}},
		"too large":                      {strings.Repeat("#", 1<<20+1), []string{`1: is larger than 1 MiB: this cannot be the configuration`}},
		"an open quote":                  {"listen: a\nx: \"b\n", []string{`2: is not valid YAML: could not find end character of double-quoted text` + signs}},
		"a wrong indentation":            {"tls:\n  mode: off\n   domains: []\n", []string{`2: is not valid YAML: mapping value is not allowed in this context` + signs}},
		"a stray bracket":                {minimal + "]\n", []string{`8: is not valid YAML: a ] or } closes nothing; remove it`}},
		"a variable in a flow list":      {"x: [${A}]", []string{`1: is not valid YAML: ',' or ']' must be specified; a value with ${NAME} inside [ ] or { } needs quotes`}},
		"a merge key":                    {minimal + "<<: {}\n", []string{`8: "<<": is a merge key, which is not supported: repeat the keys`}},
		"a tag":                          {minimal + "listen: !!str \":1\"\n", []string{`8: listen: has a tag (!), which is not supported: remove it`}},
		"a key with a newline":           {minimal + "\"a\\nb: c\": 1\n", []string{`8: "a\nb: c": is an unknown key; the keys are listen, public_url, tls, proxy, data_dir, admin, log, skills, account_linking`}},
		"a long key":                     {minimal + strings.Repeat("k", 41) + ": 1\n", []string{`8: "` + strings.Repeat("k", 40) + `"…: is an unknown key; the keys are listen, public_url, tls, proxy, data_dir, admin, log, skills, account_linking`}},
		"a key in camel case":            {minimal + "publicURL: x\n", []string{`8: publicURL: is an unknown key; did you mean "public_url"?`}},
		"a short misspelled key":         {minimal + "ls: x\n", []string{`8: ls: is an unknown key; did you mean "tls"?`}},
		"skills that are not a list":     {"tls: {mode: off}\nskills: {}\n", []string{`2: skills: must be a list such as [A, B], not keys and their values`}},
		"no skills":                      {"tls: {mode: off}\nskills: []\n", []string{`2: skills: must have at least one skill with name, application_id, invocation_name and feed`}},
		"an empty skill": {"tls: {mode: off}\nskills:\n\n  - {}\n", []string{
			`4: skills[0].name: is missing: give the skill a short name of a-z, 0-9 and -, for example halfelf`,
			`4: skills[0].application_id: is missing: copy the skill id from the developer console, amzn1.ask.skill.…`,
			`4: skills[0].invocation_name: is missing: write what listeners say after "Alexa, open", for example half elf`,
			`4: skills[0].feed: is missing: give the address of the blog's feed, for example https://halfelf.org/feed/`,
		}},
		"an unknown key in a file with CRLF": {strings.ReplaceAll(minimal+"# \nx: y\n", "\n", "\r\n"), []string{`9: x: is an unknown key; the keys are listen, public_url, tls, proxy, data_dir, admin, log, skills, account_linking`}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.want, lines(t, row.text)) })
	}
}

func TestReportsProblemsOfTextValue(t *testing.T) {
	for text, want := range map[string]string{
		`true`:                        `must be text, not true or false: put it in quotes`,
		`1.5`:                         `must be text, not a number: put it in quotes`,
		`.inf`:                        `must be text, not a number: put it in quotes`,
		`[a]`:                         `must be text, not a list`,
		`{a: b}`:                      `must be text, not keys and their values`,
		`~`:                           `has no value: write one, or remove it`,
		``:                            `has no value: write one, or remove it`,
		`""`:                          `must name a directory, for example /var/lib/skill`,
		`"a\nb"`:                      `must be a single line of text without control characters`,
		"|\n  a\n  b\n":               `must be a single line of text without control characters`,
		strings.Repeat("a", 4097):     `is longer than 4096 bytes: shorten it`,
		`${`:                          `has "${" without a variable's name and "}" after it; a literal "${" is written "$${"`,
		`/${}`:                        `has "${" without a variable's name and "}" after it; a literal "${" is written "$${"`,
		`/${1A}`:                      `has "${" without a variable's name and "}" after it; a literal "${" is written "$${"`,
		`/${A-B}`:                     `has "${" without a variable's name and "}" after it; a literal "${" is written "$${"`,
		`/${A:-b`:                     `has "${" without a variable's name and "}" after it; a literal "${" is written "$${"`,
		`/${A:=b}`:                    `has "${" without a variable's name and "}" after it; a literal "${" is written "$${"`,
		`/${:-b}`:                     `has "${" without a variable's name and "}" after it; a literal "${" is written "$${"`,
		`/${A:-{b}}`:                  `has "${" without a variable's name and "}" after it; a literal "${" is written "$${"`,
		`/${_A1}`:                     `the environment variable _A1 is not set: set it, or write the value here`,
		"&a x":                        `has an anchor (&), which is not supported: remove it`,
		"!x y":                        `has a tag (!), which is not supported: remove it`,
		"/x\nlog: {}\ndata_dir: /y\n": "",
	} {
		t.Run(text, func(t *testing.T) {
			got := lines(t, minimal+"data_dir: "+text)
			if want == "" { // the one row of two keys
				require.Equal(t, []string{`10: data_dir: is a duplicate of line 8: remove one of them`}, got)
				return
			}
			require.Equal(t, []string{"8: data_dir: " + want}, got)
		})
	}
}

// limits returns texts of up to 1 MiB that take the YAML library a long time.
func limits() map[string][2]string {
	const size, deep, much = 1 << 20, `is nested too deeply: the configuration has at most three levels`, `is too large for a configuration`
	indented := ""
	for i := range 110 {
		indented += strings.Repeat(" ", i) + "a:\n"
	}
	return map[string][2]string{
		"open lists":         {strings.Repeat("[", size), `1: ` + deep},
		"open mappings":      {strings.Repeat("{a: ", size/4), `1: ` + deep},
		"lists in lists":     {strings.Repeat("- ", size/2), `1: ` + deep},
		"keys of keys":       {strings.Repeat("? ", size/2), `1: ` + deep},
		"indentation":        {indented, `101: ` + deep},
		"many keys":          {strings.Repeat("a: b\n", size/5), `6667: ` + much},
		"many items":         {strings.Repeat("- a\n", size/4), `10001: ` + much},
		"many comments":      {strings.Repeat("#\n", size/2), `20001: ` + much},
		"many lists":         {strings.Repeat("[]", size/2), `1: ` + much},
		"blank lines in |":   {"a: |\n" + strings.Repeat("\n", size-5), `102: has more than 100 blank lines in a row: remove some`},
		"blank lines with a": {"a: >\n" + strings.Repeat("  \n", size/3-5), `102: has more than 100 blank lines in a row: remove some`},
	}
}

func TestLimitsAreCheckedEarly(t *testing.T) {
	requireE2E(t)
	for name, row := range limits() {
		t.Run(name, func(t *testing.T) { require.Equal(t, []string{row[1]}, lines(t, row[0])) })
	}
}

func TestRefusesNestedAliases(t *testing.T) {
	text := "listen: &a [x]\npublic_url: &b [*a, *a]\ndata_dir: [*b, *b]\nskills: [*b, *b]\ntls: {domains: *a, mode: off}"
	require.Equal(t, []string{
		`1: listen: has an anchor (&), which is not supported: remove it`,
		`1: listen: must be text, not a list`,
		`2: public_url: has an anchor (&), which is not supported: remove it`,
		`2: public_url: must be text, not a list`,
		`3: data_dir: must be text, not a list`,
		`4: skills[0]: is an alias (*), which is not supported: repeat the value`,
		`4: skills[1]: is an alias (*), which is not supported: repeat the value`,
		`5: tls.domains: is an alias (*), which is not supported: repeat the value`,
	}, lines(t, text))
}

// requireE2E skips a slow test, unless make e2e runs it.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" {
		t.Skip("slow: make e2e runs it")
	}
}

// TestProblemNamesVariable checks that a problem names the variables that the value comes from, so that a user who has no
// file finds the place.
func TestProblemNamesVariable(t *testing.T) {
	vars := env(map[string]string{"LAUNCH": "Sing", "HALF": "half", "LOCALES": "en-US, en-XX", "COMMAS": " ,", "LINES": "a\nb", "LONG": strings.Repeat("a", 4097)})
	for row, want := range map[[2]string]string{
		{"launch", "${LAUNCH}"}:                 `.launch: ` + launches + fromVariables("LAUNCH"),
		{"launch", "${LAUNCH:-read}"}:           `.launch: ` + launches + fromVariables("LAUNCH"),
		{"launch", "${NONE:-Sing}"}:             `.launch: ` + launches,
		{"launch", "$${LAUNCH}"}:                `.launch: ` + launches,
		{"title", "${LINES}"}:                   `.title: must be a single line of text without control characters` + fromVariables("LINES"),
		{"title", "${LONG}"}:                    `.title: is longer than 4096 bytes: shorten it` + fromVariables("LONG"),
		{"invocation_name", "${HALF}${LAUNCH}"}: `.invocation_name: ` + lowerCase + fromVariables("HALF and LAUNCH"),
		{"invocation_name", "${HALF}${NONE}"}:   `.invocation_name: the environment variable NONE is not set: set it, or write the value here`,
		{"locales", "${LOCALES}"}:               `.locales[1]: must be a locale of Alexa; did you mean en-AU, en-CA, en-GB, en-IN or en-US?` + fromVariables("LOCALES"),
		{"locales", "${COMMAS}"}:                `.locales: must name at least one locale, for example [en-US]` + fromVariables("COMMAS"),
	} {
		t.Run(row[0]+" "+row[1], func(t *testing.T) {
			_, err := config.Parse("f", []byte("tls: {mode: off}\nskills:\n"+skill(map[string]string{row[0]: `"` + row[1] + `"`})), vars)
			require.EqualError(t, err, "f:3: skills[0]"+want)
		})
	}
}

func fromVariables(names string) string {
	return "; the value comes from " + names + " in the environment"
}
