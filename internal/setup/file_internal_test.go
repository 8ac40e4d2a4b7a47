package setup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// TestTemplatesAreTheFilesOfDeploy compares the copies with their originals, because a package can embed only its own files.
func TestTemplatesAreTheFilesOfDeploy(t *testing.T) {
	for name, original := range map[string]string{
		"nginx.conf": "nginx/skill.conf", "Caddyfile": "caddy/Caddyfile", "traefik.yaml": "traefik/skill.yaml", "package.yaml": "package/skill.yaml",
	} {
		want, err := os.ReadFile(filepath.Join("..", "..", "deploy", original))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join("templates", name))
		require.NoError(t, err)
		require.True(t, string(want) == string(got), "run: cp deploy/%s internal/setup/templates/%s", original, name)
	}
}

// TestProxyFilesHaveTheGuide requires that the printed steps are those of the files' own comments, and that each file has the
// examples that the answers replace.
func TestProxyFilesHaveTheGuide(t *testing.T) {
	for owner, guide := range proxyGuides() {
		header, _, _ := strings.Cut(guide.file, "\n\n")
		header = strings.Join(strings.Fields(strings.ReplaceAll(header, "#", "")), " ")
		place, _, _ := strings.Cut(guide.place, " ")
		require.Contains(t, header, strings.TrimSuffix(place, "skill.yaml"), owner)
		require.Contains(t, header, guide.after, owner)
		if guide.before != "" {
			_, command, _ := strings.Cut(guide.before, ": ")
			require.Contains(t, header, command, owner)
		}
		s := defaultSettings()
		s.owner, s.host, s.listen = owner, "alexa.blog.example", "127.0.0.1:8085"
		block := s.proxyBlock()
		require.NotContains(t, block, exampleHost, owner)
		require.NotContains(t, block, exampleUpstream, owner)
		require.Contains(t, block, "alexa.blog.example", owner)
		require.Contains(t, block, "127.0.0.1:8085", owner)
		for _, setting := range []string{"listen: 127.0.0.1:8080", "public_url: https://skill.example.com", "tls: {mode: off}", "proxy: {header: X-Real-IP}"} {
			require.Contains(t, header, setting, owner)
		}
	}
}

// FuzzFile requires that the configuration has exactly the values of the answers and of the feed.
func FuzzFile(f *testing.F) {
	for _, title := range []string{
		"Half Elf", `"Quotes" and 'more'`, "${HOME}", "$${HOME}", "$$${HOME} ${", "a: b # c", "- x", "\\n \\", "{{.Host}}", "&a *b !c %d @e `f`",
		"日本語", "日\xe6", "🎉", "\u2028x", "\u0085x", "\ufeffx", "null", "~", "0x10", "a\nb", "\x00", "\xff\xfe", "\u200b\u202e",
	} {
		f.Add(title, "half elf", "/feed/?a=b#c", "nginx", "/home/${USER}/data")
	}
	f.Fuzz(func(t *testing.T, title, invocation, path, owner, dataDir string) {
		s := defaultSettings()
		s.title, s.owner, s.dataDir = titleForFile(title), owner, "/"+dataDir
		s.feed = escapeVariables("https://blog.example/" + path)
		s.invocation = invocation
		text, err := s.render()
		require.NoError(t, err)
		c, err := config.Parse("f", text, func(string) (string, bool) { return "VALUE", true })
		if err != nil { // the answers are judged before they are written
			problems, ok := errors.AsType[config.Problems](err)
			require.True(t, ok, err)
			for _, p := range problems {
				require.Contains(t, []string{"skills[0].invocation_name", "skills[0].feed", "data_dir"}, p.Path, "%s\n%s", p, text)
			}
			return
		}
		skill := c.Skills[0]
		require.Equal(t, s.title, skill.Title)
		require.Equal(t, strings.ToValidUTF8("https://blog.example/"+path, "\ufffd"), string(skill.Feed))
		require.Equal(t, strings.ToValidUTF8(invocation, "\ufffd"), skill.InvocationName)
		require.Equal(t, strings.ToValidUTF8("/"+dataDir, "\ufffd"), c.DataDir)
		require.Equal(t, "https://skill.example.com/alexa/blog", c.EndpointURL(skill))
		require.Equal(t, owner != ownerLastpost, c.TLS.Mode == config.TLSOff)
	})
}

func TestTitleForFile(t *testing.T) {
	for title, want := range map[string]string{
		"Half Elf": "Half Elf", "": "", "X": "", strings.Repeat("long ", 20): "",
		"Cellar notes: " + strings.Repeat("jars and pickles ", 10): "Cellar notes",
		"${HOME} sweet": "${HOME} sweet",
	} {
		require.Equal(t, want, titleForFile(title), title)
	}
}

// TestUnwritableFolder names the remedy if the user has no right to write there.
func TestUnwritableFolder(t *testing.T) {
	i := Interview{File: "/etc/skill/skill.yaml", Program: "lastpost"}
	err := i.explainWriteError(&os.PathError{Op: "open", Path: "/etc/skill/.new-1", Err: os.ErrPermission})
	require.EqualError(t, err, "write /etc/skill/skill.yaml: open /etc/skill/.new-1: permission denied. "+
		"Run the command as root: sudo lastpost init. Or write another file: --config FILE")
	require.ErrorContains(t, probeFolder("/proc/skill.yaml"), "/proc")
	require.ErrorContains(t, probeFolder("/dev/null/skill.yaml"), "/dev/null is not a folder")

	dir := t.TempDir()
	require.NoError(t, probeFolder(filepath.Join(dir, "new", "folder", "skill.yaml")))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "the attempt leaves nothing")
}

func TestPrintableRemovesControlCharacters(t *testing.T) {
	got := printable("a\x1b[31mb\nc\u202ed\x00e")
	require.Equal(t, "a [31mb c d e", got)
	require.False(t, strings.ContainsFunc(got, unicode.IsControl))
}

func TestDataDirIsBesideTheFile(t *testing.T) {
	for file, want := range map[string]string{"/etc/skill/skill.yaml": "", "/etc/skill/other.yaml": "", "/home/reader/skill.yaml": "/home/reader/data"} {
		i := Interview{File: file}
		require.Equal(t, want, i.dataDir())
	}
}

// TestNextStepsOfAPackage has the steps of a packaged system.
func TestNextStepsOfAPackage(t *testing.T) {
	i := Interview{File: "/etc/skill/skill.yaml", IsDefault: true, Program: "lastpost", file: defaultSettings()}
	require.Equal(t, "lastpost check", i.command("check"))
	require.Equal(t, []string{
		"Start the service now and at every boot: systemctl enable --now skill",
		"Make the skill at Amazon. This also writes its id into /etc/skill/skill.yaml: lastpost deploy --login",
	}, i.nextSteps(true))
	i.file.id = "amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70"
	require.Equal(t, "Update the skill at Amazon: lastpost deploy --login", i.nextSteps(true)[1])
}
