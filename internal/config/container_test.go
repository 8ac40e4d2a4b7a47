package config_test

import (
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

const (
	container   = "../../configs/container.yaml"
	containerID = "amzn1.ask.skill.00000000-0000-0000-0000-000000000000"
)

// parseContainer reads the configuration of the image with the three required variables and others.
func parseContainer(t *testing.T, others map[string]string) (*config.Config, error) {
	t.Helper()
	content, err := os.ReadFile(container)
	require.NoError(t, err)
	vars := map[string]string{"SKILL_DOMAIN": "skill.example.com", "SKILL_APPLICATION_ID": containerID, "SKILL_FEED": "https://halfelf.org/feed/"}
	maps.Copy(vars, others)
	return config.Parse("container.yaml", content, env(vars))
}

func TestContainerNeedsThreeVariables(t *testing.T) {
	c, err := parseContainer(t, nil)
	require.NoError(t, err)
	require.Equal(t, config.TLSACME, c.TLS.Mode)
	require.Equal(t, []string{"skill.example.com"}, c.TLS.Domains)
	require.Equal(t, ":8443", c.Listen, "a port that an unprivileged user can bind")
	require.Equal(t, "127.0.0.1:9090", c.Admin.Listen, "only the health check uses it")
	require.Equal(t, "https://skill.example.com/alexa", c.EndpointURL(c.Skills[0]), "as the file says")
	require.Equal(t, containerID, c.Skills[0].ApplicationID)
	require.Equal(t, config.FeedURL("https://halfelf.org/feed/"), c.Skills[0].Feed)

	content, err := os.ReadFile(container)
	require.NoError(t, err)
	_, err = config.Parse("container.yaml", content, emptyEnv)
	for _, name := range []string{"SKILL_DOMAIN", "SKILL_APPLICATION_ID", "SKILL_FEED"} {
		require.ErrorContains(t, err, "the environment variable "+name+" is not set")
	}
}

// TestContainerDefaultsAreDefaults checks that the optional variables have the defaults of the keys. Docker Compose passes
// unset variables as empty ones.
func TestContainerDefaultsAreDefaults(t *testing.T) {
	want := minimalConfig(t)
	want.Skills[0].InvocationName = "blog reader"
	empty := map[string]string{}
	for name := range optionalVariables(t) {
		empty[name] = ""
	}
	require.Len(t, empty, 6)
	for _, vars := range []map[string]string{nil, empty} {
		got, err := parseContainer(t, vars)
		require.NoError(t, err)
		require.Equal(t, want.Log, got.Log)
		want.Skills[0].Name, want.Skills[0].Path = got.Skills[0].Name, got.Skills[0].Path
		require.Equal(t, want.Skills, got.Skills)
	}
}

func TestContainerTakesSettingsFromEnvironment(t *testing.T) {
	got, err := parseContainer(t, map[string]string{
		"SKILL_TITLE": "Half Elf", "SKILL_INVOCATION_NAME": "half elf", "SKILL_TIMEZONE": "America/Los_Angeles", "SKILL_LOCALES": "en-US,en-GB",
		"SKILL_LAUNCH": "read", "SKILL_LOG_LEVEL": "debug",
	})
	require.NoError(t, err)
	require.Equal(t, "debug", got.Log.Level)
	skill := got.Skills[0]
	require.Equal(t, []string{"Half Elf", "half elf", "America/Los_Angeles", "read"}, []string{skill.Title, skill.InvocationName, skill.Timezone, skill.Launch})
	require.Equal(t, []string{"en-US", "en-GB"}, skill.Locales)
}

// TestContainerValuesAreNotYAML checks that a value cannot set another key.
func TestContainerValuesAreNotYAML(t *testing.T) {
	plain, err := parseContainer(t, nil)
	require.NoError(t, err)
	for _, title := range []string{
		`Bob's "Blog": #1 ${HOME}`, `"quoted"`, `'quoted'`, `a, b`, `- a`, `# a`, `a # b`, `a: b`, `{launch: read}`, `[a, b]`, `*a`, `&a b`, `!!str 1`,
		`true`, `null`, `~~`, `1.5`, `$${HOME}`, `${SKILL_FEED:-x}`, `a\nb`, `50 % & more`, `"\u0041"`, ` a `, `---`, `|-`, `>-`, "Ünï ☃ 日本",
	} {
		got, err := parseContainer(t, map[string]string{"SKILL_TITLE": title})
		require.NoError(t, err, title)
		require.Equal(t, title, got.Skills[0].Title)
		got.Skills[0].Title = plain.Skills[0].Title
		require.Equal(t, plain, got, title)
	}
	const lines = `skills[0].title: must be a single line of text without control characters; the value comes from SKILL_TITLE in the environment`
	for _, title := range []string{"a\nb", "a\n    launch: read", "\na", "a\r", "a\tb", "a\x00b", "a\u0085b", "a\xffb"} {
		_, err := parseContainer(t, map[string]string{"SKILL_TITLE": title})
		require.ErrorContains(t, err, lines, "%q", title)
		require.NotContains(t, err.Error(), "\n", "this is the only problem")
	}
}

func TestContainerProblemNamesVariable(t *testing.T) {
	for name, row := range map[string]struct{ value, key string }{
		"SKILL_DOMAIN":          {"https://skill.example.com", "tls.domains[0]"},
		"SKILL_APPLICATION_ID":  {"1234", "skills[0].application_id"},
		"SKILL_FEED":            {"halfelf.org", "skills[0].feed"},
		"SKILL_TITLE":           {strings.Repeat("a", 51), "skills[0].title"},
		"SKILL_INVOCATION_NAME": {"Alexa", "skills[0].invocation_name"},
		"SKILL_TIMEZONE":        {"Los Angeles", "skills[0].timezone"},
		"SKILL_LOCALES":         {"en-US en-GB", "skills[0].locales[0]"},
		"SKILL_LAUNCH":          {"sing", "skills[0].launch"},
		"SKILL_LOG_LEVEL":       {"INFO", "log.level"},
	} {
		_, err := parseContainer(t, map[string]string{name: row.value})
		require.ErrorContains(t, err, ": "+row.key+": ", name)
		require.ErrorContains(t, err, "; the value comes from "+name+" in the environment")
		require.NotContains(t, err.Error(), "\n", "this is the only problem")
	}
}

// optionalVariables returns the defaults of the file's optional variables.
func optionalVariables(t *testing.T) map[string]string {
	t.Helper()
	content, err := os.ReadFile(container)
	require.NoError(t, err)
	defaults := map[string]string{}
	for _, found := range regexp.MustCompile(`\$\{(\w+):-([^}]*)\}`).FindAllStringSubmatch(string(content), -1) {
		defaults[found[1]] = found[2]
	}
	return defaults
}

// TestContainerVariablesAreDocumented compares the table in docs/docker.md with the file, in both directions.
func TestContainerVariablesAreDocumented(t *testing.T) {
	content, err := os.ReadFile(container)
	require.NoError(t, err)
	want := map[string]string{}
	for _, found := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(string(content), -1) {
		want[found[1]] = "required"
	}
	for name, value := range optionalVariables(t) {
		want[name] = map[bool]string{true: "empty", false: "`" + value + "`"}[value == ""]
	}

	manual, err := os.ReadFile("../../docs/docker.md")
	require.NoError(t, err)
	got := map[string]string{}
	for _, found := range regexp.MustCompile("(?m)^\\| `(SKILL_\\w+)` \\| ([^|]+) \\|").FindAllStringSubmatch(string(manual), -1) {
		require.NotContains(t, got, found[1], "docs/docker.md lists it twice")
		got[found[1]] = found[2]
	}
	require.Equal(t, want, got, "the table in docs/docker.md must have the variables of configs/container.yaml and their defaults")
}
