package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestModulesOfTheProgramHaveLicenses reads the licences of the modules that this commit links.
func TestModulesOfTheProgramHaveLicenses(t *testing.T) {
	t.Chdir("../../..")
	for _, system := range []string{"linux", "darwin"} {
		info := &debug.BuildInfo{
			GoVersion: runtime.Version(), Path: "lastpost/cmd/skill", Main: debug.Module{Path: "lastpost"},
			Settings: []debug.BuildSetting{{Key: "GOOS", Value: system}, {Key: "GOARCH", Value: "arm64"}, {Key: "CGO_ENABLED", Value: "0"}},
		}
		packages, err := listPackages(t.Context(), info)
		require.NoError(t, err)
		modules, err := readLicenses(packages)
		require.NoError(t, err)
		require.Greater(t, len(modules), 30)

		var page strings.Builder
		require.NoError(t, writeLicenses(&page, modules))
		for _, part := range []string{"\nGo's standard library " + runtime.Version() + ": LICENSE\n", "The Go Authors", "\ngithub.com/rs/zerolog v", "Olivier Poitrey"} {
			require.True(t, strings.Contains(page.String(), part), "the page does not contain %q", part)
		}
		require.NotContains(t, page.String(), "\nlastpost ")
	}
}

// moduleFolder writes files and returns their folder.
func moduleFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func TestReadLicenses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		claim string
		files map[string]string
		want  map[string]string
	}{
		{"the licence of the module", map[string]string{"LICENSE": "MIT"}, map[string]string{"LICENSE": "MIT"}},
		{"a licence and its notice", map[string]string{"LICENSE.txt": "Apache", "NOTICE": "by us"}, map[string]string{"LICENSE.txt": "Apache", "NOTICE": "by us"}},
		{"the licence of copied code above the package", map[string]string{"LICENCE": "MIT", "inner/COPYING": "GPL"},
			map[string]string{"LICENCE": "MIT", "inner/COPYING": "GPL"}},
		{"not the licence of a package that is not linked", map[string]string{"LICENSE": "MIT", "other/LICENSE": "GPL"}, map[string]string{"LICENSE": "MIT"}},
		{"several licences", map[string]string{"LICENSE": "MIT", "LICENSE-3RD-PARTY.md": "BSD"}, map[string]string{"LICENSE": "MIT", "LICENSE-3RD-PARTY.md": "BSD"}},
		{"not code", map[string]string{"LICENSE": "MIT", "license.go": "package x"}, map[string]string{"LICENSE": "MIT"}},
		{"line ends of Windows", map[string]string{"LICENSE": "a\r\nb"}, map[string]string{"LICENSE": "a\nb"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			c.files["inner/deep/code.go"] = "package deep"
			root := moduleFolder(t, c.files)
			m := moduleVersion{"example.org/a", "v1.0.0"}
			got, err := readLicenses([]listedPackage{{m, filepath.Join(root, "inner", "deep"), root}, {m, root, root}})
			require.NoError(t, err)
			require.Equal(t, []licensedModule{{m, c.want}}, got)
		})
	}
}

func TestModuleWithoutLicenseIsRefused(t *testing.T) {
	t.Parallel()
	licensed := moduleFolder(t, map[string]string{"LICENSE": "MIT"})
	for _, c := range []struct {
		claim string
		files map[string]string
	}{
		{"no file", map[string]string{"README": "free to use"}},
		{"only a notice", map[string]string{"NOTICE": "by us"}},
		{"only patents", map[string]string{"PATENTS": "none"}},
		{"a folder with the name", map[string]string{"LICENSE/README": "MIT"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			dir := moduleFolder(t, c.files)
			_, err := readLicenses([]listedPackage{
				{moduleVersion{"example.org/a", "v1.0.0"}, licensed, licensed}, {moduleVersion{"example.org/b", "v2.0.0"}, dir, dir},
			})
			require.EqualError(t, err, "example.org/b v2.0.0 does not have a licence file: do not link a module without a licence")
		})
	}
}

func TestRequireSame(t *testing.T) {
	t.Parallel()
	a, b := moduleVersion{"example.org/a", "v1.0.0"}, moduleVersion{"example.org/b", "v2.0.0"}
	require.NoError(t, requireSame([]moduleVersion{a, b}, []licensedModule{{b, nil}, {a, nil}}))
	require.EqualError(t, requireSame([]moduleVersion{a, b}, []licensedModule{{a, nil}}), "the program contains example.org/b v2.0.0, and this commit does not")
	require.EqualError(t, requireSame([]moduleVersion{a}, []licensedModule{{a, nil}, {b, nil}}),
		"the program does not contain example.org/b v2.0.0, and this commit does")
}

func TestLinkedModulesFollowReplacements(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{
		{Path: "example.org/a", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/fork", Version: "v1.0.1"}}, {Path: "example.org/b", Version: "v2.0.0"},
	}}
	require.Equal(t, []moduleVersion{{"std", "go1.26.8"}, {"example.org/fork", "v1.0.1"}, {"example.org/b", "v2.0.0"}}, linkedModules(info))
}

func TestEachTextIsWrittenOnce(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	require.NoError(t, writeLicenses(&page, []licensedModule{
		{moduleVersion{"example.org/a", "v1.0.0"}, map[string]string{"LICENSE": "Apache\n", "NOTICE": "by us"}},
		{moduleVersion{"example.org/b", "v2.0.0"}, map[string]string{"COPYING": "\nApache"}},
	}))
	rule := strings.Repeat("-", 80)
	require.Equal(t, `Lastpost's licence is in the file LICENSE. The program contains these modules with their own licences:

example.org/a v1.0.0
example.org/b v2.0.0

`+rule+`
example.org/a v1.0.0: LICENSE
example.org/b v2.0.0: COPYING
`+rule+`

Apache

`+rule+`
example.org/a v1.0.0: NOTICE
`+rule+`

by us
`, page.String())
}

func TestBillOfMaterials(t *testing.T) {
	t.Parallel()
	const raw = `{"bomFormat": "CycloneDX",
		"metadata": {"tools": [{"name": "cyclonedx-gomod", "hashes": [{"alg": "MD5"}]}], "component": {"name": "lastpost"}, "properties": [
			{"name": "cdx:gomod:binary:hash:MD5", "value": "0"}, {"name": "cdx:gomod:build:env:GOARCH", "value": "amd64"},
			{"name": "cdx:gomod:build:env:GOVERSION", "value": "go1.26.8"}]},
		"components": [{"name": "example.org/a", "version": "v1.0.0", "licenses": [{"license": {"id": "MIT"}}]}, {"name": "std", "version": "go1.26.8"}]}`
	a, std := moduleVersion{"example.org/a", "v1.0.0"}, moduleVersion{"std", "go1.26.8"}

	var bill bytes.Buffer
	require.NoError(t, writeBill(&bill, [][]byte{[]byte(raw)}, []moduleVersion{std, a, std}))
	require.True(t, json.Valid(bill.Bytes()))
	for _, absent := range []string{"hashes", "binary", "GOARCH"} {
		require.NotContains(t, bill.String(), absent)
	}
	for _, part := range []string{`"BSD-3-Clause"`, `"MIT"`, "go1.26.8", "cyclonedx-gomod"} {
		require.Contains(t, bill.String(), part)
	}

	for _, c := range []struct {
		claim  string
		raw    string
		linked []moduleVersion
		want   string
	}{
		{"a linked module that is not listed", raw, []moduleVersion{std, a, {"example.org/b", "v2.0.0"}}, "the bill of materials does not list example.org/b v2.0.0"},
		{"a listed module that is not linked", raw, []moduleVersion{std}, "the bill of materials lists example.org/a v1.0.0, and no program contains it"},
		{"a module without a licence", strings.ReplaceAll(raw, `, "licenses": [{"license": {"id": "MIT"}}]`, ""), []moduleVersion{std, a},
			"the bill of materials does not name the licence of example.org/a v1.0.0"},
		{"not a bill", `{}`, []moduleVersion{std}, "not a CycloneDX document with metadata"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			bill.Reset()
			require.EqualError(t, writeBill(&bill, [][]byte{[]byte(c.raw)}, c.linked), c.want)
			require.Empty(t, bill.String())
		})
	}
}

// The programs of two systems contain different modules.
func TestBillListsModulesOfAllPrograms(t *testing.T) {
	t.Parallel()
	raw := func(module string) []byte {
		return fmt.Appendf(nil, `{"metadata": {"component": {"bom-ref": "lastpost"}},
			"components": [{"bom-ref": "m", "name": "example.org/m", "version": "v1.0.0", "licenses": [{"license": {"id": "MIT"}}]},
				{"bom-ref": %[1]q, "name": "example.org/%[1]s", "version": "v1.0.0", "licenses": [{"license": {"id": "MIT"}}]}],
			"dependencies": [{"ref": "lastpost", "dependsOn": ["m", %[1]q]}, {"ref": "m"}, {"ref": %[1]q}],
			"compositions": [{"aggregate": "unknown", "dependencies": ["m", %[1]q]}]}`, module)
	}
	linked := []moduleVersion{{"example.org/m", "v1.0.0"}, {"example.org/linux", "v1.0.0"}, {"example.org/darwin", "v1.0.0"}}
	var page bytes.Buffer
	require.NoError(t, writeBill(&page, [][]byte{raw("linux"), raw("darwin"), raw("linux")}, linked))
	var bill struct {
		Components   []struct{ Name string }
		Dependencies []struct {
			Ref       string
			DependsOn []string
		}
		Compositions []struct{ Dependencies []string }
	}
	require.NoError(t, json.Unmarshal(page.Bytes(), &bill))
	all := []string{"darwin", "linux", "m"}
	require.Len(t, bill.Components, 3)
	require.Len(t, bill.Dependencies, 4)
	require.Equal(t, "lastpost", bill.Dependencies[1].Ref)
	require.Equal(t, all, bill.Dependencies[1].DependsOn)
	require.Len(t, bill.Compositions, 1)
	require.Equal(t, all, bill.Compositions[0].Dependencies)
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"licenses"}, {"sbom"}, {"other", "x"}} {
		require.ErrorContains(t, run(t.Context(), args, &bytes.Buffer{}), "usage: ")
	}
}
