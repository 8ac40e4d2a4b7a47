package skillpkg

import (
	"bytes"
	"embed"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"path"
)

// The sizes of the two icons that Amazon requires, in pixels.
const (
	smallIcon = 108
	largeIcon = 512
)

// drawings has an icon in each size: a speech bubble with lines of text. Black stands for the skill's own colour. The bubble
// fits in the circle that Amazon cuts out.
//
//go:embed icon-108.png icon-512.png
var drawings embed.FS

// iconPath returns the path of an icon in the package folder. "file://" URLs in the manifest are relative to that
// folder.
func iconPath(size int) string {
	return fmt.Sprintf("assets/images/icon-%d.png", size)
}

// drawIcons returns the files of both icons.
func drawIcons(name string) (files []File, err error) {
	for _, size := range []int{smallIcon, largeIcon} {
		content, err := drawIcon(name, size)
		if err != nil {
			return nil, err
		}
		files = append(files, File{packageDir + "/" + iconPath(size), content})
	}
	return files, nil
}

// backgroundColour selects one of twelve colours with readable white text. Two skills of one owner usually look
// different.
func backgroundColour(name string) color.NRGBA {
	palette := []color.NRGBA{
		{16, 78, 139, 255}, {11, 94, 84, 255}, {122, 31, 61, 255}, {84, 48, 128, 255}, {139, 62, 16, 255}, {46, 92, 38, 255},
		{30, 52, 110, 255}, {110, 30, 94, 255}, {20, 90, 110, 255}, {96, 72, 20, 255}, {128, 36, 36, 255}, {48, 62, 78, 255},
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(name)) // never fails
	return palette[hash.Sum32()%uint32(len(palette))]
}

// drawIcon returns the icon as PNG, in the skill's own colour. The same name always gives the same icon.
func drawIcon(name string, size int) ([]byte, error) {
	drawing, err := drawings.ReadFile(path.Base(iconPath(size)))
	if err != nil {
		return nil, err
	}
	decoded, err := png.Decode(bytes.NewReader(drawing))
	if err != nil {
		return nil, err
	}
	background := backgroundColour(name)
	picture := image.NewNRGBA(decoded.Bounds())
	for y := range size {
		for x := range size {
			c := color.NRGBAModel.Convert(decoded.At(x, y)).(color.NRGBA)
			blended := color.NRGBA{blendGrey(background.R, c.R), blendGrey(background.G, c.G), blendGrey(background.B, c.B), c.A}
			picture.SetNRGBA(x, y, blended)
		}
	}
	var out bytes.Buffer
	err = png.Encode(&out, picture)
	return out.Bytes(), err
}

// blendGrey maps grey to a colour component: black to ground, white to 255.
func blendGrey(background, grey uint8) uint8 {
	return background + uint8((255-int(background))*int(grey)/255)
}
