package manifests

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// TestComposeFile loads compose.yaml with the library of Docker Compose.
func TestComposeFile(t *testing.T) {
	environment := requiredVariables()
	project, err := loadProject(t, environment, "compose.yaml")
	require.NoError(t, err)
	skill, err := project.GetService("skill")
	require.NoError(t, err)
	require.True(t, skill.ReadOnly)
	require.Equal(t, []string{"ALL"}, skill.CapDrop)
	require.Empty(t, skill.CapAdd)
	require.Equal(t, []string{"no-new-privileges:true"}, skill.SecurityOpt)
	require.False(t, skill.Privileged)
	require.NotZero(t, skill.MemLimit)
	require.Equal(t, "unless-stopped", skill.Restart)
	require.Equal(t, types.HealthCheckTest{"CMD", "/usr/bin/skill", "healthcheck"}, skill.HealthCheck.Test)
	require.Len(t, skill.Ports, 1)
	require.Equal(t, "443", skill.Ports[0].Published, "Alexa calls only this port")
	require.Contains(t, project.Volumes, skill.Volumes[0].Source)
	require.Equal(t, "example.com/lastpost:v0.1.0", skill.Image)
	require.Nil(t, skill.Build, "a user has only this file, not the sources")

	read := parseContainerConfiguration(t, skill)
	require.Equal(t, strings.TrimPrefix(read.Listen, ":"), strconv.Itoa(int(skill.Ports[0].Target)))
	require.Equal(t, read.DataDir, skill.Volumes[0].Target)

	for name := range environment {
		without := environment.Clone()
		delete(without, name)
		_, err := loadProject(t, without, "compose.yaml")
		require.ErrorContains(t, err, name, "the error must name the missing variable")
	}
}

// TestComposePassesEveryVariable compares the variables with the configuration of the image, in both directions.
func TestComposePassesEveryVariable(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "configs", "container.yaml"))
	require.NoError(t, err)
	environment, want := requiredVariables(), types.NewMappingWithEquals(nil)
	for _, found := range regexp.MustCompile(`\$\{(\w+)`).FindAllStringSubmatch(string(content), -1) {
		name := found[1]
		if environment[name] == "" {
			environment[name] = `Bob's "value": #1 of ` + name
		}
		value := environment[name]
		want[name] = &value
	}
	require.Len(t, want, 9)
	project, err := loadProject(t, environment, "compose.yaml")
	require.NoError(t, err)
	require.Equal(t, want, project.Services["skill"].Environment)
}

// TestComposeOptionalVariables checks that a variable from .env reaches the service, and that an unset one takes its default.
func TestComposeOptionalVariables(t *testing.T) {
	environment := requiredVariables()
	environment["SKILL_TITLE"], environment["SKILL_LOCALES"] = `Bob's "Blog": #1 ${HOME}`, "en-US, en-GB"
	project, err := loadProject(t, environment, "compose.yaml")
	require.NoError(t, err)
	read := parseContainerConfiguration(t, project.Services["skill"])
	require.Equal(t, `Bob's "Blog": #1 ${HOME}`, read.Skills[0].Title)
	require.Equal(t, []string{"en-US", "en-GB"}, read.Skills[0].Locales)
	require.Equal(t, []string{"blog reader", "UTC", "offer", "info"},
		[]string{read.Skills[0].InvocationName, read.Skills[0].Timezone, read.Skills[0].Launch, read.Log.Level})
}

// TestComposeBuild adds the file that builds the image from the sources.
func TestComposeBuild(t *testing.T) {
	project, err := loadProject(t, requiredVariables(), "compose.yaml", "compose.build.yaml")
	require.NoError(t, err)
	skill := project.Services["skill"]
	require.FileExists(t, filepath.Join(skill.Build.Context, "Dockerfile"))
	require.Equal(t, "build", skill.PullPolicy, "or Compose pulls an image of the same name")
	require.Equal(t, "example.com/lastpost:v0.1.0", skill.Image)
	require.True(t, skill.ReadOnly)
}

func requiredVariables() types.Mapping {
	return types.Mapping{
		"LASTPOST_IMAGE": "example.com/lastpost:v0.1.0", "SKILL_DOMAIN": "skill.example.com",
		"SKILL_APPLICATION_ID": "amzn1.ask.skill.00000000-0000-0000-0000-000000000000", "SKILL_FEED": "https://halfelf.org/feed/",
	}
}

// parseContainerConfiguration reads the configuration of the image with the environment of the container.
func parseContainerConfiguration(t *testing.T, skill types.ServiceConfig) *config.Config {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "configs", "container.yaml"))
	require.NoError(t, err)
	read, err := config.Parse("container.yaml", content, func(name string) (string, bool) {
		value, ok := skill.Environment[name]
		if !ok || value == nil {
			return "", false
		}
		return *value, true
	})
	require.NoError(t, err)
	return read
}

func loadProject(t *testing.T, environment types.Mapping, names ...string) (*types.Project, error) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "deploy", "docker"))
	require.NoError(t, err)
	details := types.ConfigDetails{WorkingDir: dir, Environment: environment.Clone()}
	for _, name := range names {
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{Filename: filepath.Join(dir, name)})
	}
	return loader.LoadWithContext(t.Context(), details)
}
