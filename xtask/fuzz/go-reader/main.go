// Reads tar archives with the library that container engines use, for the fuzz target `differential`.
//
// Standard input has archives, each after its length in four bytes. Each answer has the same form: a byte 0 and a
// message if Go cannot read the archive; otherwise a byte 1 and, for each entry, its type, its mode, and its name, link target
// and contents, each after its length.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"os"
)

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	for {
		var length uint32
		if binary.Read(in, binary.LittleEndian, &length) != nil {
			return
		}
		archive := make([]byte, length)
		if _, err := io.ReadFull(in, archive); err != nil {
			return
		}
		answer, err := entries(archive)
		if err != nil {
			answer = append([]byte{0}, err.Error()...)
		}
		out.Write(field(nil, answer))
		out.Flush()
	}
}

func entries(archive []byte) ([]byte, error) {
	reader, answer := tar.NewReader(bytes.NewReader(archive)), []byte{1}
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return answer, nil
		}
		if err != nil {
			return nil, err
		}
		contents, err := io.ReadAll(reader)
		if err != nil {
			return nil, err
		}
		answer = append(answer, header.Typeflag)
		answer = binary.LittleEndian.AppendUint32(answer, uint32(header.Mode&0o7777))
		answer = field(answer, []byte(header.Name))
		answer = field(answer, []byte(header.Linkname))
		answer = field(answer, contents)
	}
}

func field(into, value []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(into, uint32(len(value))), value...)
}
