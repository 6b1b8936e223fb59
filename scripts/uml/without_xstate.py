"""Run a program that the processor's extended registers cannot be asked of: python3 FILE COMMAND...

User-mode Linux before 6.13 has a fixed buffer for these registers, which those of a processor with
AMX do not fit: each write of them fails (EFAULT), and the kernel panics. Where they cannot be read,
it keeps the older set (FXSAVE): arch_init_registers() in arch/x86/um/os-Linux/registers.c. Programs
there must then not use AVX, whose registers the threads of a process would share.
"""

import ctypes
import errno
import os
import struct
import sys

# linux/prctl.h, linux/seccomp.h, linux/filter.h, linux/audit.h, asm/unistd_64.h, linux/elf.h
PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ERRNO = 0x00050000
SECCOMP_RET_ALLOW = 0x7FFF0000
LOAD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
RETURN = 0x06  # BPF_RET | BPF_K
AUDIT_ARCH_X86_64 = 0xC000003E
PTRACE = 101
PTRACE_GETREGSET = 0x4204
NT_X86_XSTATE = 0x202
# Offsets in struct seccomp_data: the system call, its machine, and the arguments of 8 bytes each.
NUMBER, ARCH, REQUEST, ADDRESS = 0, 4, 16, 32

CONDITIONS = (
    (ARCH, AUDIT_ARCH_X86_64),
    (NUMBER, PTRACE),
    (REQUEST, PTRACE_GETREGSET),
    (ADDRESS, NT_X86_XSTATE),
)


def main(command: list[str]) -> None:
    """Forbid the request, for this process and all that it starts, and become the command."""
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = ctypes.create_string_buffer(filter_instructions())
    # struct sock_fprog: the number of instructions, and where they are.
    program = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(instructions) // 8, ctypes.addressof(instructions))
    )

    for arguments in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0),
    ):
        if libc.prctl(*arguments):
            sys.exit(f"{sys.argv[0]}: prctl: {os.strerror(ctypes.get_errno())}")

    os.execvp(command[0], command)


def filter_instructions() -> bytes:
    """Return the filter: an error where all conditions hold, else the call as it is."""
    instructions = []
    for number, (offset, value) in enumerate(CONDITIONS):
        to_allow = 2 * (len(CONDITIONS) - number) - 1
        instructions += [(LOAD_WORD, 0, 0, offset), (JUMP_EQUAL, 0, to_allow, value)]
    instructions += [
        (RETURN, 0, 0, SECCOMP_RET_ERRNO | errno.EIO),
        (RETURN, 0, 0, SECCOMP_RET_ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)


if __name__ == "__main__":
    main(sys.argv[1:])
