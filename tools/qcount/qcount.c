/* A QEMU plugin that counts the instructions which the guest executes between two markers.
 *
 *   guest    begin                          end
 *   Thumb    mov r10, r10  (0x46d2)         mov r11, r11  (0x46db)
 *   RISC-V   slti x0, x0, 1 (0x00102013)    slti x0, x0, 2 (0x00202013)
 *
 * Compilers do not emit these, and they change nothing. At each end marker one line "COUNT n" goes to QEMU's plugin
 * log. The markers are not counted. Every translated instruction adds 1 to a cell in the generated code, so counts
 * are exact; they are instructions, not cycles.
 *
 *   cc -O2 -shared -fPIC -o libqcount.so qcount.c
 *   qemu-system-arm ... -plugin ./libqcount.so -d plugin -D counts.txt
 *
 * With -plugin ./libqcount.so,profile=FILE the file gets, for the first pair of markers, a line "address count" of
 * each instruction below PROFILED that was executed between them.
 *
 * The interface is declared here as QEMU 7.2 has it (plugin API 1), so that no header is needed. One CPU is assumed. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
enum { NO_REGISTERS = 0, ADD_U64 = 0, PROFILED = 4 << 20 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, void *));
extern void qemu_plugin_register_vcpu_insn_exec_cb(void *insn, void (*)(unsigned, void *), int flags, void *data);
extern void qemu_plugin_register_vcpu_insn_exec_inline(void *insn, int operation, void *cell, uint64_t addend);
extern size_t qemu_plugin_tb_n_insns(const void *block);
extern void *qemu_plugin_tb_get_insn(const void *block, size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const void *insn);
extern const void *qemu_plugin_insn_data(const void *insn);
extern size_t qemu_plugin_insn_size(const void *insn);
extern void qemu_plugin_outs(const char *text);

int qemu_plugin_version = 1;

static uint64_t executed, at_begin;

/* A cell for each address, in steps of two, and what they held at the first begin. */
static uint64_t *cells, *cells_at_begin;
static const char *profile;
static FILE *lines;

static void begin(unsigned cpu, void *data) {
    (void)cpu, (void)data;
    at_begin = executed;
    if (cells && !cells_at_begin && (cells_at_begin = malloc(sizeof *cells * (PROFILED / 2))))
        memcpy(cells_at_begin, cells, sizeof *cells * (PROFILED / 2));
}

static void end(unsigned cpu, void *data) {
    char line[48];
    (void)cpu, (void)data;
    snprintf(line, sizeof line, "COUNT %" PRIu64 "\n", executed - at_begin);
    qemu_plugin_outs(line);
    if (cells_at_begin && !lines && (lines = fopen(profile, "w"))) {
        size_t i;
        for (i = 0; i < PROFILED / 2; i++)
            if (cells[i] != cells_at_begin[i])
                fprintf(lines, "%zx %" PRIu64 "\n", 2 * i, cells[i] - cells_at_begin[i]);
        fflush(lines);
    }
}

/* Whether the guest is a RISC-V: there the Thumb markers are loads. */
static int is_riscv;

static int is(const void *insn, uint32_t thumb, uint32_t riscv) {
    size_t size = qemu_plugin_insn_size(insn);
    uint32_t word = 0;
    if (size > sizeof word) return 0;
    memcpy(&word, qemu_plugin_insn_data(insn), size); /* both guest and host are little-endian */
    return is_riscv ? size == 4 && word == riscv : size == 2 && word == thumb;
}

static void translated(plugin_id id, void *block) {
    size_t count = qemu_plugin_tb_n_insns(block), i;
    (void)id;
    for (i = 0; i < count; i++) {
        void *insn = qemu_plugin_tb_get_insn(block, i);
        if (is(insn, 0x46d2, 0x00102013))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, NO_REGISTERS, NULL);
        else if (is(insn, 0x46db, 0x00202013))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, end, NO_REGISTERS, NULL);
        else {
            uint64_t address = qemu_plugin_insn_vaddr(insn);
            qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64, &executed, 1);
            if (cells && address < PROFILED)
                qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64, cells + address / 2, 1);
        }
    }
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
    /* The first field of the description of the guest is its name. */
    is_riscv = strncmp(*(const char *const *)info, "riscv", 5) == 0;
    if (argc > 0 && strncmp(argv[0], "profile=", 8) == 0) {
        profile = argv[0] + 8;
        cells = calloc(PROFILED / 2, sizeof *cells);
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
