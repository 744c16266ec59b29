/* The list of shapes, linked into the program as it is. */
    .section .rodata
    .global npuscope_shapes_begin
    .global npuscope_shapes_end
npuscope_shapes_begin:
    .incbin "shapes.txt"
npuscope_shapes_end:
    .section .note.GNU-stack,"",%progbits
