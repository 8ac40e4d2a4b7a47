package config_test

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

const givenID = "amzn1.ask.skill.3f0c8a51-97f1-4c9a-8a5e-6d3a1c2b4e5f"

func TestSetApplicationIDChangesOneValue(t *testing.T) {
	packaged, err := os.ReadFile(example)
	require.NoError(t, err)
	const (
		zeros = config.PlaceholderID
		rest  = ", invocation_name: half elf, feed: 'https://halfelf.org/feed/'}"
	)
	for claim, text := range map[string]string{
		"the example":            string(packaged),
		"plain":                  minimal,
		"double quotes":          strings.Replace(minimal, zeros, `"`+zeros+`" # from Amazon`, 1),
		"single quotes":          strings.Replace(minimal, zeros, `'`+zeros+`'`, 1),
		"on the next line":       strings.Replace(minimal, zeros, "\n      "+zeros, 1),
		"a block":                strings.Replace(minimal, zeros, "|-\n      "+zeros, 1),
		"Windows":                "\ufeff" + strings.ReplaceAll(minimal, "\n", "\r\n"),
		"no newline at the end":  strings.TrimSuffix(minimal, "\n"),
		"in comments too":        "# " + zeros + "\n" + strings.Replace(minimal, zeros, zeros+" # not "+zeros, 1) + "# " + zeros,
		"in another value too":   "data_dir: /var/lib/" + zeros + "\n" + minimal,
		"flow":                   "tls: {mode: off}\nskills: [{name: halfelf, application_id: " + zeros + rest + "]\n",
		"the second of two":      "tls: {mode: off}\nskills:\n- {name: first, application_id: " + otherID + rest + "\n- {name: halfelf, application_id: " + zeros + rest,
		"variables beside it":    minimal + "data_dir: ${DIR}\n",
		"multi-byte text before": strings.Replace(minimal, "    invocation_name", "    title: Über äöü ＡＢＣ\n    invocation_name", 1) + "# …\n",
	} {
		t.Run(claim, func(t *testing.T) {
			requireOnlyIDChanged(t, []byte(text), "halfelf", givenID, env(map[string]string{"DIR": "/srv/skill"}))
		})
	}
}

const otherID = "amzn1.ask.skill.00000000-0000-0000-0000-000000000001"

// requireOnlyIDChanged sets an id, and compares the bytes and the meaning of the file with those before.
func requireOnlyIDChanged(t *testing.T, text []byte, skill, id string, getenv func(string) (string, bool)) {
	t.Helper()
	kept := bytes.Clone(text)
	changed, err := config.SetApplicationID(text, skill, id, getenv)
	require.NoError(t, err)
	require.Equal(t, kept, text, "the caller's bytes stay")
	want, err := config.Parse("f", text, getenv)
	require.NoError(t, err)
	old := ""
	for i, s := range want.Skills {
		if s.Name == skill {
			old, want.Skills[i].ApplicationID = s.ApplicationID, id
		}
	}
	got, err := config.Parse("f", changed, getenv)
	require.NoError(t, err)
	require.True(t, reflect.DeepEqual(want, got), "%s", changed)
	at := 0
	for at < len(text) && text[at] == changed[at] {
		at++
	}
	start := bytes.LastIndex(changed[:at+len(id)], []byte(id)) // both ids begin with the same text
	require.GreaterOrEqual(t, start, 0)
	require.Equal(t, string(text), string(changed[:start])+old+string(changed[start+len(id):]))
}

func TestSetApplicationIDTwiceIsTheSame(t *testing.T) {
	once, err := config.SetApplicationID([]byte(minimal), "halfelf", givenID, emptyEnv)
	require.NoError(t, err)
	twice, err := config.SetApplicationID(once, "halfelf", givenID, emptyEnv)
	require.NoError(t, err)
	require.Equal(t, string(once), string(twice))
}

func TestSetApplicationIDRefuses(t *testing.T) {
	vars := env(map[string]string{"ID": config.PlaceholderID})
	two := minimal + "  - {name: other, application_id: " + otherID + ", invocation_name: other blog, feed: 'https://other.example/feed/'}\n"
	for claim, row := range map[string]struct{ text, skill, id, want string }{
		"a variable":           {strings.Replace(minimal, config.PlaceholderID, "${ID}", 1), "halfelf", givenID, "application_id comes from the environment"},
		"a default":            {strings.Replace(minimal, config.PlaceholderID, "${NONE:-"+config.PlaceholderID+"}", 1), "halfelf", givenID, "comes from the environment"},
		"an escape":            {strings.Replace(minimal, config.PlaceholderID, `"\x61`+config.PlaceholderID[1:]+`"`, 1), "halfelf", givenID, "write it by hand"},
		"no such skill":        {minimal, "other", givenID, `does not have the skill "other"`},
		"no skill id":          {minimal, "halfelf", "12", "write it by hand"},
		"the id of another":    {two, "halfelf", otherID, "write it by hand"},
		"an id with line ends": {minimal, "halfelf", givenID + "\ndata_dir: /x", "write it by hand"},
		"an anchor":            {strings.Replace(minimal, config.PlaceholderID, "&a "+config.PlaceholderID, 1), "halfelf", givenID, "has an anchor"},
		"a faulty file":        {"skills: []", "halfelf", givenID, "the configuration:1: "},
	} {
		t.Run(claim, func(t *testing.T) {
			changed, err := config.SetApplicationID([]byte(row.text), row.skill, row.id, vars)
			require.ErrorContains(t, err, row.want)
			require.Nil(t, changed)
		})
	}
}

// FuzzSetApplicationID changes the id of each skill of an accepted configuration. The result has the same meaning and the same
// bytes, except the id. Only a value that is not plain text may be refused.
func FuzzSetApplicationID(f *testing.F) {
	text, err := os.ReadFile(example)
	require.NoError(f, err)
	f.Add(text)
	for _, seed := range []string{
		minimal, "# " + config.PlaceholderID + "\n" + minimal, strings.ReplaceAll(minimal, "\n", "\r\n"), "\ufeff" + minimal,
		strings.Replace(minimal, config.PlaceholderID, `"`+config.PlaceholderID+`"#`, 1),
		strings.Replace(minimal, config.PlaceholderID, "|-\n      "+config.PlaceholderID, 1),
		strings.Replace(minimal, config.PlaceholderID, "${NONE:-"+config.PlaceholderID+"}", 1),
		`{"tls":{"mode":"off"},"skills":[{"name":"a","application_id":"` + otherID + `","invocation_name":"half elf","feed":"https://a.b/"}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("f", data, emptyEnv)
		if err != nil {
			_, err := config.SetApplicationID(data, "halfelf", givenID, emptyEnv)
			require.Error(t, err)
			return
		}
		if bytes.Contains(data, []byte(givenID)) {
			return
		}
		for _, skill := range c.Skills {
			_, err := config.SetApplicationID(data, skill.Name, givenID, emptyEnv)
			if err != nil {
				plain := bytes.Count(data, []byte(skill.ApplicationID)) == 1 && !bytes.ContainsAny(data, "$\\")
				require.False(t, plain, "refused a file that has the id once: %v", err)
				continue
			}
			requireOnlyIDChanged(t, data, skill.Name, givenID, emptyEnv)
		}
	})
}
