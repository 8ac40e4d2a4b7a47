// Command names prints, for each package, the share of function names with one word and the median length of the names.
// Test files do not count.
//
//	go run ./.ci/names
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	names, err := functionNames(os.DirFS("."))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var all []string
	for _, dir := range slices.Sorted(maps.Keys(names)) {
		printNames(dir, names[dir])
		all = append(all, names[dir]...)
	}
	printNames("all packages", all)
}

// functionNames returns the names of functions and methods below a root, by folder.
func functionNames(root fs.FS) (map[string][]string, error) {
	names := map[string][]string{}
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", "testdata", "node_modules"}, entry.Name()) {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declaration := range file.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok {
				names[filepath.Dir(path)] = append(names[filepath.Dir(path)], function.Name.Name)
			}
		}
		return nil
	})
	return names, err
}

// wordPattern finds the words of a name: parseURL has two.
var wordPattern = regexp.MustCompile(`[A-Z]?[a-z0-9]+|[A-Z]+`)

func printNames(label string, names []string) {
	oneWord, lengths := 0, make([]int, 0, len(names))
	for _, name := range names {
		if len(wordPattern.FindAllString(name, -1)) == 1 {
			oneWord++
		}
		lengths = append(lengths, len(name))
	}
	slices.Sort(lengths)
	share, median := 100*oneWord/len(names), lengths[len(lengths)/2]
	fmt.Printf("%-34s %4d functions  %3d %% with one word  median length %d\n", label, len(names), share, median)
}
